package io.stagecraft.actors.cli;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/// Says every few seconds how much of a known number of bytes is done.
///
/// Thread: one.
final class ByteProgress implements LongConsumer {
    private static final long EVERY_NANOS = 2_000_000_000L;
    private static final double MEGABYTE = 1e6;

    private final PrintWriter out;
    private final long totalBytes;
    private final LongSupplier nanos;
    private long doneBytes;
    private long toldNanos;

    /// Of `totalBytes`, told to `out`; nothing is said in the first few seconds.
    ByteProgress(PrintWriter out, long totalBytes, LongSupplier nanos) {
        this.out = out;
        this.totalBytes = totalBytes;
        this.nanos = nanos;
        toldNanos = nanos.getAsLong();
    }

    @Override
    public void accept(long bytes) {
        doneBytes += bytes;
        long now = nanos.getAsLong();
        if (now - toldNanos >= EVERY_NANOS) {
            toldNanos = now;
            out.printf(
                    Locale.ROOT,
                    "   written %.0f of %.0f MB%n",
                    doneBytes / MEGABYTE,
                    Math.max(doneBytes, totalBytes) / MEGABYTE);
            out.flush();
        }
    }
}
