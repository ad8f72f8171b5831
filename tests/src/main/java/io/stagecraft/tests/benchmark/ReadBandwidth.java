package io.stagecraft.tests.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// How fast threads of this JVM read memory that no cache holds: each adds up its part of `bytes`.
final class ReadBandwidth {
    private static final int BLOCK = 1 << 20;
    private static final int PASSES = 6;

    private final int numThreads;
    private final List<List<int[]>> parts = new ArrayList<>();

    ReadBandwidth(long bytes, int numThreads) {
        this.numThreads = numThreads;
        long blocks = bytes / (4L * BLOCK * numThreads);
        for (int thread = 0; thread < numThreads; thread++) {
            var part = new ArrayList<int[]>();
            for (long block = 0; block < blocks; block++) {
                part.add(new int[BLOCK]);
            }
            parts.add(part);
        }
    }

    private static int sum(List<int[]> part) {
        int sum = 0;
        for (int[] block : part) {
            sum += sum(block);
        }
        return sum;
    }

    private static int sum(int[] block) {
        int sum = 0;
        for (int value : block) {
            sum += value;
        }
        return sum;
    }

    /// Bytes a second of the fastest of several passes.
    double measure() {
        try (ExecutorService threads = Executors.newFixedThreadPool(numThreads)) {
            double best = 0;
            for (int pass = 0; pass < PASSES; pass++) {
                long start = System.nanoTime();
                List<Future<Integer>> running = parts.stream()
                        .map(part -> threads.submit(() -> sum(part)))
                        .toList();
                int sum = 0;
                for (Future<Integer> one : running) {
                    sum += one.get();
                }
                if (sum != 0) {
                    throw new IllegalStateException("the memory is zero but its sum is " + sum);
                }
                long bytes = parts.stream()
                        .mapToLong(part -> 4L * BLOCK * part.size())
                        .sum();
                best = Math.max(best, bytes * 1e9 / (System.nanoTime() - start));
            }
            return best;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("measuring how fast memory is read", e);
        }
    }
}
