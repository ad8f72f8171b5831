package io.stagecraft.tests.benchmark;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// How fast threads of this JVM read memory that no cache holds: each adds up its part of `bytes`,
/// which lie where weights do. A thread reads several places side by side: that is faster than one
/// behind another, since a processor fetches ahead within a page only.
final class ReadBandwidth implements AutoCloseable {
    private static final int PASSES = 8;
    private static final int PLACES = 8;
    private static final long BLOCK = 8192;
    private static final VectorSpecies<Float> SPECIES =
            FloatVector.SPECIES_PREFERRED.length() > 8 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_256;
    private static final long STEP = SPECIES.vectorByteSize();
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    private final Arena arena = Arena.ofShared();
    private final ExecutorService threads;
    private final List<MemorySegment> parts = new ArrayList<>();

    ReadBandwidth(long bytes, int numThreads) {
        threads = Executors.newFixedThreadPool(numThreads);
        long part = bytes / numThreads / (PLACES * BLOCK) * (PLACES * BLOCK);
        for (int thread = 0; thread < numThreads; thread++) {
            parts.add(arena.allocate(part, STEP).fill((byte) 0));
        }
    }

    /// A sum over the part, a block of each of eight places at a time.
    private static float sum(MemorySegment part) {
        long far = part.byteSize() / PLACES;
        float sum = 0;
        for (long from = 0; from < far; from += BLOCK) {
            sum += blocks(part, from, far);
        }
        return sum;
    }

    /// Called often enough to be compiled as it is, not in the middle of its loop.
    private static float blocks(MemorySegment part, long from, long far) {
        FloatVector a = FloatVector.zero(SPECIES);
        FloatVector b = FloatVector.zero(SPECIES);
        FloatVector c = FloatVector.zero(SPECIES);
        FloatVector d = FloatVector.zero(SPECIES);
        for (long i = from; i < from + BLOCK; i += STEP) {
            a = a.add(FloatVector.fromMemorySegment(SPECIES, part, i, ORDER));
            b = b.add(FloatVector.fromMemorySegment(SPECIES, part, i + far, ORDER));
            c = c.add(FloatVector.fromMemorySegment(SPECIES, part, i + 2 * far, ORDER));
            d = d.add(FloatVector.fromMemorySegment(SPECIES, part, i + 3 * far, ORDER));
            a = a.add(FloatVector.fromMemorySegment(SPECIES, part, i + 4 * far, ORDER));
            b = b.add(FloatVector.fromMemorySegment(SPECIES, part, i + 5 * far, ORDER));
            c = c.add(FloatVector.fromMemorySegment(SPECIES, part, i + 6 * far, ORDER));
            d = d.add(FloatVector.fromMemorySegment(SPECIES, part, i + 7 * far, ORDER));
        }
        return a.add(b).add(c.add(d)).lane(0);
    }

    /// Bytes a second of the fastest of several passes.
    double measure() {
        double best = 0;
        for (int pass = 0; pass < PASSES; pass++) {
            best = Math.max(best, pass());
        }
        return best;
    }

    private double pass() {
        long start = System.nanoTime();
        List<Future<Float>> running =
                parts.stream().map(part -> threads.submit(() -> sum(part))).toList();
        try {
            float sum = 0;
            for (Future<Float> one : running) {
                sum += one.get();
            }
            if (sum != 0) {
                throw new IllegalStateException("the memory is zero but its sum is " + sum);
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("measuring how fast memory is read", e);
        }
        long bytes = parts.stream().mapToLong(MemorySegment::byteSize).sum();
        return bytes * 1e9 / (System.nanoTime() - start);
    }

    @Override
    public void close() {
        threads.shutdown();
        arena.close();
    }
}
