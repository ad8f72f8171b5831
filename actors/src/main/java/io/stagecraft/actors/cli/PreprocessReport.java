package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.actors.telemetry.Screen;
import io.stagecraft.model.data.TokenType;
import io.stagecraft.model.data.preprocess.BadLine;
import io.stagecraft.model.data.preprocess.PreprocessException;
import io.stagecraft.model.data.preprocess.PreprocessProgress;
import io.stagecraft.model.data.preprocess.PreprocessSettings;
import io.stagecraft.model.text.Tokenizer;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/// Says how preprocessing goes: on a terminal in one line that is redrawn, else in whole lines, at
/// most one a second.
final class PreprocessReport implements PreprocessProgress.Listener {
    private static final long REDRAW_NANOS = 200_000_000;
    private static final long LINE_NANOS = 1_000_000_000;
    private static final int MOST_BAD_LINES = 20;
    private static final String ERASE = "\r\u001b[K";
    /// A terminal echoes `^C` behind the line.
    private static final int ROOM_FOR_CTRL_C = 3;

    private final PrintWriter out;
    private final PrintWriter err;
    private final Screen screen;
    private final int logInterval;
    private final LongSupplier nanoTime;
    private final IntSupplier signal;
    private final long startedAt;
    private long toldAt;
    private long toldDocuments;
    private long numBadLines;
    private boolean shown;

    /// @param logInterval documents between lines of progress
    /// @param nanoTime a monotonic clock
    /// @param signal number of the signal that asked for the end, 0 while none has
    PreprocessReport(
            Surroundings surroundings, Screen screen, int logInterval, LongSupplier nanoTime, IntSupplier signal) {
        this.out = surroundings.out();
        this.err = surroundings.err();
        this.screen = screen;
        this.logInterval = logInterval;
        this.nanoTime = nanoTime;
        this.signal = signal;
        startedAt = nanoTime.getAsLong();
        toldAt = startedAt;
    }

    void begin(PreprocessSettings settings, Tokenizer tokenizer) {
        out.println(" tokenizer: " + tokenizer.describe() + ", stored as "
                + TokenType.forVocabulary(tokenizer.vocabSize()).name().toLowerCase(Locale.ROOT));
        out.println(" input: " + settings.inputs().size() + (settings.inputs().size() == 1 ? " file" : " files")
                + ", workers: " + settings.limits().workers());
        out.flush();
    }

    @Override
    public void progressed(PreprocessProgress progress) {
        int stopped = signal.getAsInt();
        if (stopped != 0) {
            throw new PreprocessException("stopped by " + (stopped == 2 ? "Ctrl-C (SIGINT)" : "SIGTERM")
                    + "; nothing was written, and what was begun is removed");
        }
        long now = nanoTime.getAsLong();
        if (screen.isLive()) {
            if (now - toldAt >= REDRAW_NANOS) {
                toldAt = now;
                String text = line(progress);
                int width = screen.columns() - ROOM_FOR_CTRL_C;
                out.print(ERASE + (text.length() <= width ? text : text.substring(0, width)));
                out.flush();
                shown = true;
            }
        } else if (now - toldAt >= LINE_NANOS && progress.numDocuments() - toldDocuments >= logInterval) {
            toldAt = now;
            toldDocuments = progress.numDocuments();
            out.println(line(progress));
            out.flush();
        }
    }

    private String line(PreprocessProgress progress) {
        double seconds = Math.max(1e-9, (nanoTime.getAsLong() - startedAt) / 1e9);
        double rate = progress.doneBytes() / seconds;
        double share = progress.totalBytes() == 0 ? 1 : (double) progress.doneBytes() / progress.totalBytes();
        return String.format(
                Locale.ROOT,
                " %3d %%  %,d documents  %s of %s  %.1f MB/s  %.0f docs/s  ETA %s",
                (int) (100 * share),
                progress.numDocuments(),
                Printable.bytes(progress.doneBytes()),
                Printable.bytes(progress.totalBytes()),
                rate / 1e6,
                progress.numDocuments() / seconds,
                Printable.duration((progress.totalBytes() - progress.doneBytes()) / Math.max(1, rate)));
    }

    @Override
    public void leftOut(BadLine line) {
        numBadLines++;
        if (numBadLines <= MOST_BAD_LINES) {
            erase();
            err.println("stagecraft: left out " + Printable.line(line.describe()));
        }
        if (numBadLines == MOST_BAD_LINES) {
            err.println("stagecraft: more bad lines are counted, not said");
        }
        err.flush();
    }

    /// Takes the line of progress away.
    void erase() {
        if (shown) {
            out.print(ERASE);
            out.flush();
            shown = false;
        }
    }

    void end(PreprocessProgress.Done done) {
        erase();
        PreprocessProgress progress = done.progress();
        double seconds = Math.max(1e-9, (nanoTime.getAsLong() - startedAt) / 1e9);
        for (Path prefix : done.prefixes()) {
            out.println(" wrote " + Printable.line(prefix.toString()) + ".bin and .idx");
        }
        out.println(String.format(
                Locale.ROOT,
                " done: %,d documents, %,d tokens, %s of text in %s (%.1f MB/s)%s",
                progress.numDocuments(),
                progress.numTokens(),
                Printable.bytes(progress.totalBytes()),
                Printable.duration(seconds),
                progress.totalBytes() / seconds / 1e6,
                progress.numBadLines() == 0 ? "" : ", " + progress.numBadLines() + " bad lines left out"));
        out.flush();
    }
}
