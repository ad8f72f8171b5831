package io.stagecraft.actors.telemetry;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.LongSupplier;

/// A benchmark as lines for a person: how far it is, then Megatron-LM's line and a table.
///
/// Thread: one at a time.
final class ScoreLines {
    private static final long REDRAW_NANOS = 200_000_000L;
    private static final long LINE_NANOS = 10_000_000_000L;
    private static final String ERASE = "\r\u001b[K";

    private final PrintWriter out;
    private final Screen screen;
    private final LongSupplier nanoTime;
    private long startedAt;
    private long firstWindows;
    private long toldAt;

    ScoreLines(PrintWriter out, Screen screen, LongSupplier nanoTime) {
        this.out = out;
        this.screen = screen;
        this.nanoTime = nanoTime;
    }

    void windows(RunEvent.WindowsScored windows) {
        long now = nanoTime.getAsLong();
        if (firstWindows == 0) {
            startedAt = now;
            firstWindows = windows.windows();
        } else if (now - toldAt < (screen.isLive() ? REDRAW_NANOS : LINE_NANOS)
                && windows.windows() < windows.total()) {
            return;
        }
        toldAt = now;
        double seconds = (now - startedAt) / 1e9;
        double rate = seconds > 0 ? (windows.windows() - firstWindows) / seconds : 0;
        String left = rate > 0
                ? String.format(
                        Locale.ROOT,
                        ", %.1f a second, ETA %s",
                        rate,
                        Printable.duration((windows.total() - windows.windows()) / rate))
                : "";
        String line = String.format(
                Locale.ROOT,
                " %s: %,d of %,d windows (%d %%)%s",
                windows.benchmark(),
                windows.windows(),
                windows.total(),
                100 * windows.windows() / windows.total(),
                left);
        out.print(
                screen.isLive()
                        ? ERASE + line.substring(0, Math.min(line.length(), screen.columns() - 3))
                        : line + "\n");
    }

    void perplexity(RunEvent.PerplexityMeasured it) {
        erase();
        framed(String.format(
                Locale.ROOT,
                " validation results on %s | avg loss: %.4E | ppl: %.4E | adjusted ppl: %.4E | token ratio: %s |",
                it.benchmark(),
                it.avgLoss(),
                it.ppl(),
                it.adjustedPpl(),
                it.tokenRatio()));
        table(List.of(
                row("average loss", "%.6f", it.avgLoss()),
                row("perplexity", "%.4f", it.ppl()),
                row("adjusted perplexity", "%.4f", it.adjustedPpl()),
                row("token ratio", "%.6f", it.tokenRatio()),
                row("words", "%,d", it.numOriginalTokens()),
                row("tokens", "%,d", it.numTokenizedTokens())));
    }

    void accuracy(RunEvent.AccuracyMeasured it) {
        erase();
        framed(String.format(
                Locale.ROOT,
                " validation results on %s | number correct: %.4E | total examples: %.4E | avg accuracy: %.4E",
                it.benchmark(),
                (double) it.numberCorrect(),
                (double) it.totalExamples(),
                it.accuracy()));
        table(List.of(
                row("correct", "%,d", it.numberCorrect()),
                row("examples", "%,d", it.totalExamples()),
                row("accuracy", "%.4f", it.accuracy())));
    }

    private void erase() {
        if (screen.isLive()) {
            out.print(ERASE);
        }
    }

    private void framed(String line) {
        String rule = "-".repeat(line.length() + 1);
        out.println(rule);
        out.println(line);
        out.println(rule);
    }

    private static List<String> row(String name, String format, Object value) {
        return List.of(name, String.format(Locale.ROOT, format, value));
    }

    private void table(List<List<String>> rows) {
        for (List<String> row : rows) {
            out.println(String.format(Locale.ROOT, "  %-20s %14s", row.get(0), row.get(1)));
        }
    }
}
