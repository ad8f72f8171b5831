package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongToDoubleFunction;

/// The CPU backend beside its oracle, and tensors for both.
final class Twins implements AutoCloseable {
    final CpuRuntime runtime = open();
    final CpuBackend cpu = runtime.newBackend();
    final ScalarBackend scalar = new ScalarBackend(DType.FLOAT32);
    private final List<Storage> storages = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(20260101);

    /// What runs without a setting.
    static CpuRuntime open() {
        return CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.Fastest(Path.of("target", "native-cache"))));
    }

    /// Uniform in [-2, 2).
    Twin random(Shape shape) {
        return of(shape, _ -> 4 * random.nextDouble() - 2);
    }

    /// Uniform in [0.5, 1.5).
    Twin positive(Shape shape) {
        return of(shape, _ -> random.nextDouble() + 0.5);
    }

    Twin zeros(Shape shape) {
        return of(shape, _ -> 0);
    }

    Twin ints(int... values) {
        Shape shape = Shape.of(values.length);
        return of(DType.INT32, shape, i -> values[(int) i]);
    }

    /// FLOAT64 `[1]`.
    Twin sum(double value) {
        return of(DType.FLOAT64, Shape.of(1), _ -> value);
    }

    Twin of(Shape shape, LongToDoubleFunction values) {
        return of(DType.FLOAT32, shape, values);
    }

    private Twin of(DType dtype, Shape shape, LongToDoubleFunction values) {
        long num = shape.numElements();
        int guard = Twin.GUARD;
        int size = dtype.sizeBytes();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment all = arena.allocate((num + 2 * guard) * size);
            for (long i = 0; i < num + 2 * guard; i++) {
                boolean inside = i >= guard && i < guard + num;
                set(all, dtype, i, inside ? values.applyAsDouble(i - guard) : Twin.SENTINEL);
            }
            Storage storage = cpu.allocate(all.byteSize());
            Storage other = scalar.allocate(all.byteSize());
            storages.add(storage);
            storages.add(other);
            Tensor guarded = new Tensor(storage, 0, Shape.of(num + 2 * guard), dtype);
            cpu.write(all, guarded);
            Tensor expected = new Tensor(other, 0, shape, dtype);
            scalar.write(all.asSlice((long) guard * size, num * size), expected);
            return new Twin(cpu, scalar, guarded.slice(guard, num).reshape(shape), expected, guarded);
        }
    }

    private static void set(MemorySegment memory, DType dtype, long i, double value) {
        switch (dtype) {
            case FLOAT32 -> memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
            case FLOAT64 -> memory.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
            case INT32 -> memory.setAtIndex(ValueLayout.JAVA_INT, i, (int) value);
            case FLOAT16, BFLOAT16 -> throw new IllegalArgumentException("no tests of " + dtype);
        }
    }

    @Override
    public void close() {
        for (Storage storage : storages) {
            storage.close();
        }
        cpu.close();
        runtime.close();
    }
}
