package io.stagecraft.stages.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/// Runs one thread a rank and rethrows the first failure.
public final class Ranks {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private Ranks() {}

    /// Calls `rank -> result` on a thread of its own for each rank; results in rank order.
    public static <T> List<T> call(int numRanks, IntFunction<T> program) {
        try (var threads = Executors.newFixedThreadPool(numRanks)) {
            var futures = new ArrayList<Future<T>>();
            for (int rank = 0; rank < numRanks; rank++) {
                int r = rank;
                futures.add(threads.submit(() -> program.apply(r)));
            }
            var results = new ArrayList<T>();
            for (Future<T> future : futures) {
                results.add(future.get(LIMIT.toSeconds(), TimeUnit.SECONDS));
            }
            return results;
        } catch (ExecutionException e) {
            throw new AssertionError("a rank failed: " + e.getCause(), e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("ranks did not end", e);
        }
    }

    /// As [#call], without results.
    public static void run(int numRanks, IntConsumer program) {
        call(numRanks, rank -> {
            program.accept(rank);
            return rank;
        });
    }
}
