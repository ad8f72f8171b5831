package io.stagecraft.tests.micro;

import java.lang.foreign.MemorySegment;

/// How fast a thing is done again and again.
final class Rates {
    private static final long NANOS = 25_000_000;

    private Rates() {}

    /// 1e9 bytes of `from` a second that arrive in `to`.
    static double copy(MemorySegment from, MemorySegment to) {
        return of(from.byteSize(), () -> MemorySegment.copy(from, 0, to, 0, from.byteSize()));
    }

    /// `amount` a nanosecond, where one run of `work` does `amount`.
    static double of(double amount, Runnable work) {
        work.run();
        long start = System.nanoTime();
        long nanos = 0;
        long runs = 0;
        while (nanos < NANOS) {
            work.run();
            runs++;
            nanos = System.nanoTime() - start;
        }
        return amount * runs / nanos;
    }
}
