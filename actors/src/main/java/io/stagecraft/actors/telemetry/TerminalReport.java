package io.stagecraft.actors.telemetry;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongSupplier;

/// A run's events as lines for a person: log lines as Megatron-LM prints them, validation,
/// checkpoints, the sample, the curve of the loss; on a terminal with a line of progress below.
///
/// Thread: one at a time.
public final class TerminalReport implements RunEventSink {
    /// Which log lines there are.
    ///
    /// @param interval steps between them
    /// @param form of each
    /// @param samples whether texts of the model are among them
    public record Lines(int interval, LogForm form, Samples samples) {}

    /// What becomes of texts that the model makes.
    public enum Samples {
        /// They are printed with the rest.
        PRINTED,
        /// Somebody else prints them.
        LEFT_OUT
    }

    private static final int MOST_FOLLOWERS = 8;
    private static final String INDENT = "    ";

    private final PrintWriter out;
    private final PrintWriter err;
    private final Screen screen;
    private final int logInterval;
    private final ProgressLine progress;
    private final ScoreLines scores;
    private final LogForm form;
    private final Samples samples;
    private final LogLine log;
    private final LossCurve curve = new LossCurve();
    private boolean trained;
    private String newestCheckpoint = "no checkpoint was written";

    /// @param out lines and progress
    /// @param err the cause when the run fails
    /// @param screen what `out` can show
    /// @param lines how often, and how
    /// @param nanoTime clock of the progress line
    public TerminalReport(PrintWriter out, PrintWriter err, Screen screen, Lines lines, LongSupplier nanoTime) {
        this.out = out;
        this.err = err;
        this.screen = screen;
        this.logInterval = lines.interval();
        this.form = lines.form();
        this.samples = lines.samples();
        this.log = new LogLine(form);
        this.progress = new ProgressLine(out, screen, nanoTime);
        this.scores = new ScoreLines(out, screen, nanoTime);
    }

    @Override
    public void accept(RunEvent event) {
        switch (event) {
            case RunEvent.StepCompleted step -> step(step);
            case RunEvent.RunResumed resumed -> resumed(resumed);
            case RunEvent.Evaluated evaluated -> evaluated(evaluated);
            case RunEvent.WindowsScored windows -> scores.windows(windows);
            case RunEvent.PerplexityMeasured measured -> scores.perplexity(measured);
            case RunEvent.AccuracyMeasured measured -> scores.accuracy(measured);
            case RunEvent.CheckpointCommitted checkpoint -> committed(checkpoint);
            case RunEvent.CheckpointFailed failed ->
                print(" NO CHECKPOINT at iteration " + failed.iteration() + " | " + Printable.line(failed.reason())
                        + " |");
            case RunEvent.SampleGenerated sample -> {
                switch (samples) {
                    case PRINTED -> sample(sample);
                    case LEFT_OUT -> {}
                }
            }
            case RunEvent.GenerationProgressed progressed -> progressed(progressed);
            case RunEvent.GenerationTimed timed -> timed(timed);
            case RunEvent.RunCompleted completed -> completed(completed);
            case RunEvent.RunPaused paused -> paused(paused);
            case RunEvent.RunInterrupted interrupted -> interrupted(interrupted);
            case RunEvent.RunFailed failed -> failed(failed);
        }
        out.flush();
    }

    /// Takes the line of progress away. The writers stay open: they are the process's own.
    @Override
    public void close() {
        progress.erase();
        out.flush();
    }

    private void resumed(RunEvent.RunResumed resumed) {
        if (resumed.iteration() > 0) {
            saved(resumed.iteration());
        }
        print(String.format(
                Locale.ROOT,
                " %s at iteration %d | from %s |",
                resumed.iteration() == 0 ? "starts" : "goes on",
                resumed.iteration(),
                Printable.line(resumed.from().toString())));
    }

    private void saved(long iteration) {
        newestCheckpoint = "the same command goes on from the checkpoint of iteration " + iteration;
    }

    private void committed(RunEvent.CheckpointCommitted checkpoint) {
        saved(checkpoint.iteration());
        print(String.format(
                Locale.ROOT,
                " checkpoint at iteration %d | %s | %s | %.1f s |",
                checkpoint.iteration(),
                Printable.line(checkpoint.directory().toString()),
                Printable.bytes(checkpoint.sizeBytes()),
                checkpoint.elapsedMillis() / 1000));
    }

    private void step(RunEvent.StepCompleted step) {
        trained = true;
        curve.add(step.lmLoss());
        log.add(step);
        if (isLogged(step)) {
            print(log.take(step));
        }
        progress.step(step);
    }

    private boolean isLogged(RunEvent.StepCompleted step) {
        boolean isLast = form == LogForm.EXTENDED && step.iteration() == step.trainIters();
        return isLast || step.iteration() % logInterval == 0;
    }

    private void evaluated(RunEvent.Evaluated evaluated) {
        String line = LogLine.validation(evaluated, form);
        String rule = "-".repeat(line.length() + 1);
        print(rule);
        print(line);
        print(rule);
    }

    private void sample(RunEvent.SampleGenerated sample) {
        String share = Double.isNaN(sample.knownWordShare())
                ? ""
                : String.format(Locale.ROOT, " words of the corpus: %.1f %% |", 100 * sample.knownWordShare());
        print(String.format(
                Locale.ROOT,
                " sample at iteration %d | prompt: \"%s\" |%s",
                sample.iteration(),
                Printable.line(sample.prompt()),
                share));
        int width = screen.columns() - INDENT.length();
        Printable.paragraph(sample.prompt() + sample.text()).lines().forEach(line -> wrap(line, width));
    }

    private void progressed(RunEvent.GenerationProgressed it) {
        print(String.format(
                Locale.ROOT,
                " %d of %d tokens | %.2f tokens/s each | ETA %s |",
                it.steps(),
                it.most(),
                it.stepsPerSecond(),
                Printable.duration((it.most() - it.steps()) / it.stepsPerSecond())));
    }

    private void timed(RunEvent.GenerationTimed timed) {
        print(String.format(
                Locale.ROOT,
                " %d %s | %d tokens of prompts in %.3f s | %d steps in %.3f s, %.2f tokens/s each |",
                timed.texts(),
                timed.texts() == 1 ? "text" : "texts",
                timed.promptTokens(),
                timed.promptSeconds(),
                timed.steps(),
                timed.stepSeconds(),
                timed.steps() / Math.max(1e-9, timed.stepSeconds())));
    }

    private void wrap(String line, int width) {
        String rest = line;
        while (rest.length() > width) {
            int space = rest.lastIndexOf(' ', width);
            int end = space > 0 ? space : width;
            print(INDENT + rest.substring(0, end));
            rest = rest.substring(end).stripLeading();
        }
        print(INDENT + rest);
    }

    private void completed(RunEvent.RunCompleted completed) {
        String line = curve.line(screen.columns() - 2);
        if (!line.isEmpty()) {
            print(" " + line);
        }
        print(" done" + (trained ? ": " + completed.iteration() + " iterations" : "") + " in "
                + Printable.duration(completed.elapsedSeconds()));
    }

    private void paused(RunEvent.RunPaused paused) {
        print(" left after iteration " + paused.iteration() + ", as " + paused.reason() + " says; " + newestCheckpoint);
    }

    private void interrupted(RunEvent.RunInterrupted interrupted) {
        progress.erase();
        out.flush();
        String signal = switch (interrupted.signal()) {
            case 2 -> "Ctrl-C (SIGINT)";
            case 15 -> "SIGTERM";
            default -> "signal " + interrupted.signal();
        };
        err.println("stagecraft: stopped by " + signal
                + (trained ? " after iteration " + interrupted.iteration() + "; " + newestCheckpoint : ""));
        err.flush();
    }

    private void failed(RunEvent.RunFailed failed) {
        progress.erase();
        out.flush();
        err.println("stagecraft: the run failed after iteration " + failed.iteration());
        err.println("  where: " + Printable.line(failed.where()));
        err.println("  cause: " + Printable.line(failed.cause()));
        int more = failed.followers().size() - MOST_FOLLOWERS;
        failed.followers().stream()
                .limit(MOST_FOLLOWERS)
                .forEach(follower -> err.println("  stopped because of it: " + Printable.line(follower)));
        if (more > 0) {
            err.println("  and " + more + " more");
        }
        err.flush();
    }

    private void print(String line) {
        progress.erase();
        out.println(line);
    }
}
