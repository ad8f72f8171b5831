package io.stagecraft.tests.benchmark;

import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.backend.cpu.CpuBackend;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// How fast the ranks' backend multiplies two large square matrices: what a model's products can be
/// compared with.
final class GemmCeiling {
    /// Large enough that its own memory traffic does not show.
    static final int SIZE = 1024;

    private static final int NUM_WARMUP = 3;
    private static final int NUM_MEASURED = 30;
    private static final double NANOS_PER_SECOND = 1e9;

    private GemmCeiling() {}

    /// FLOP a second of the fastest product on any of `threads` threads while all of them multiply:
    /// a thread that is disturbed says nothing about the processor.
    static double flopsPerSecond(OurBlas blas, int threads) throws InterruptedException {
        CpuRuntime runtime = CpuRuntime.open(new CpuRuntimeConfig(blas.library()));
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            var running = new ArrayList<Future<List<Double>>>();
            for (int i = 0; i < threads; i++) {
                running.add(executor.submit(() -> rates(runtime)));
            }
            var all = new ArrayList<Double>();
            for (Future<List<Double>> one : running) {
                all.addAll(one.get());
            }
            return Spread.of(all).max();
        } catch (ExecutionException failure) {
            throw new IllegalStateException("measuring a product of " + SIZE + " x " + SIZE, failure.getCause());
        } finally {
            runtime.close();
        }
    }

    private static List<Double> rates(CpuRuntime runtime) {
        long bytes = (long) SIZE * SIZE * Float.BYTES;
        var rates = new ArrayList<Double>();
        try (CpuBackend backend = runtime.newBackend();
                Storage a = backend.allocate(bytes);
                Storage b = backend.allocate(bytes);
                Storage c = backend.allocate(bytes)) {
            backend.fill(square(a), 1);
            backend.fill(square(b), 1);
            for (int i = 0; i < NUM_WARMUP + NUM_MEASURED; i++) {
                long start = System.nanoTime();
                backend.matmul(Matmul.transposeB(), square(a), square(b), square(c), Epilogue.NONE);
                double seconds = (System.nanoTime() - start) / NANOS_PER_SECOND;
                if (i >= NUM_WARMUP) {
                    rates.add(2.0 * SIZE * SIZE * SIZE / seconds);
                }
            }
        }
        return rates;
    }

    private static Tensor square(Storage storage) {
        return new Tensor(storage, 0, Shape.of(SIZE, SIZE), DType.FLOAT32);
    }
}
