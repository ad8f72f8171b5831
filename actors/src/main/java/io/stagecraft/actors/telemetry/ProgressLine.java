package io.stagecraft.actors.telemetry;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/// The last line of a terminal, redrawn in place: share done, rate, time left, loss. Does nothing
/// when the output is no terminal.
final class ProgressLine {
    private static final long REDRAW_NANOS = 200_000_000;
    private static final int WIDEST_BAR = 24;

    /// A terminal echoes `^C` behind the line; were it to wrap, the line could not be erased.
    private static final int ROOM_FOR_CTRL_C = 3;

    private static final double SMOOTHING = 0.1;
    private static final String ERASE = "\r\u001b[K";

    private final PrintWriter out;
    private final Screen screen;
    private final LongSupplier nanoTime;
    private long drawnAt;
    private long steppedAt;
    private double secondsPerStep;
    private boolean shown;

    ProgressLine(PrintWriter out, Screen screen, LongSupplier nanoTime) {
        this.out = out;
        this.screen = screen;
        this.nanoTime = nanoTime;
        drawnAt = nanoTime.getAsLong() - REDRAW_NANOS;
        steppedAt = nanoTime.getAsLong();
    }

    /// A step is done: draws, at most five times a second.
    void step(RunEvent.StepCompleted step) {
        long now = nanoTime.getAsLong();
        // Evaluations and checkpoints between steps count: they take time too. The first step has none before it.
        double seconds = secondsPerStep == 0 ? step.elapsedMillis() / 1000 : (now - steppedAt) / 1e9;
        secondsPerStep = secondsPerStep == 0 ? seconds : secondsPerStep + SMOOTHING * (seconds - secondsPerStep);
        steppedAt = now;
        if (screen.isLive() && now - drawnAt >= REDRAW_NANOS) {
            drawnAt = now;
            draw(step);
        }
    }

    /// Takes the line away, so that a whole line can be printed.
    void erase() {
        if (shown) {
            out.print(ERASE);
            shown = false;
        }
    }

    private void draw(RunEvent.StepCompleted step) {
        String text = fit(step, screen.columns() - ROOM_FOR_CTRL_C);
        out.print(screen.hasColour() ? ERASE + "\u001b[2m" + text + "\u001b[0m" : ERASE + text);
        out.flush();
        shown = true;
    }

    private String fit(RunEvent.StepCompleted step, int width) {
        double done = step.trainIters() == 0 ? 1 : (double) step.iteration() / step.trainIters();
        double left = (step.trainIters() - step.iteration()) * secondsPerStep;
        var words = new StringBuilder(" " + step.iteration() + "/" + step.trainIters());
        String share = String.format(Locale.ROOT, "%3d %% ", (int) Math.floor(100 * done));
        List<String> fields = List.of(
                "ETA " + Printable.duration(left),
                String.format(Locale.ROOT, "loss %.4f", step.lmLoss()),
                String.format(Locale.ROOT, "%.0f tokens/s", step.tokensPerSecond()),
                String.format(Locale.ROOT, "%.1f steps/s", secondsPerStep > 0 ? 1 / secondsPerStep : 0));
        for (String field : fields) {
            // A field that does not fit is left out: a number that is cut would be another number.
            if (share.length() + words.length() + 2 + field.length() <= width) {
                words.append("  ").append(field);
            }
        }
        int bar = Math.min(WIDEST_BAR, width - share.length() - words.length() - 2);
        String text = bar < 4 ? share + words.toString().stripLeading() : share + bar(done, bar) + words;
        return text.length() <= width ? text : "";
    }

    private static String bar(double done, int width) {
        int full = (int) Math.round(done * width);
        return "[" + "#".repeat(full) + ".".repeat(width - full) + "]";
    }
}
