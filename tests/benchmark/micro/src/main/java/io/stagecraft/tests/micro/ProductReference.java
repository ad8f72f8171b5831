package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.backend.cpu.CpuBackend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What one thread of the same BLAS computes just before each iteration: products of 1024 x 1024.
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class ProductReference {
    private static final int SIZE = 1024;

    private double gigaflopsASecond;

    /// Multiplies for a moment.
    @Setup(Level.Iteration)
    public void measure(KernelOperands operands) {
        CpuBackend backend = operands.backend();
        long bytes = 4L * SIZE * SIZE;
        try (Storage storage = backend.allocate(3 * bytes)) {
            Tensor a = new Tensor(storage, 0, Shape.of(SIZE, SIZE), DType.FLOAT32);
            Tensor b = new Tensor(storage, bytes, Shape.of(SIZE, SIZE), DType.FLOAT32);
            Tensor c = new Tensor(storage, 2 * bytes, Shape.of(SIZE, SIZE), DType.FLOAT32);
            gigaflopsASecond = Rates.of(
                    2.0 * SIZE * SIZE * SIZE, () -> backend.matmul(Matmul.transposeB(), a, b, c, Epilogue.NONE));
        }
    }

    /// 1e9 floating-point operations a second.
    public double reference() {
        return gigaflopsASecond;
    }
}
