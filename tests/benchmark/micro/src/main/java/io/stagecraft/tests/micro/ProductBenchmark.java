package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The linear layers of a transformer layer, through the backend: `Y = X Wᵀ`, `dX = dY W`,
/// `dW += dYᵀ X`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 1, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class ProductBenchmark {
    /// A linear layer, as multiples of the hidden size.
    public enum Linear {
        /// Queries, keys and values.
        QKV(1, 3),
        /// Behind attention.
        PROJECTION(1, 1),
        /// First of the MLP.
        UP(1, 4),
        /// Second of the MLP.
        DOWN(4, 1);

        private final int in;
        private final int out;

        Linear(int in, int out) {
            this.in = in;
            this.out = out;
        }
    }

    /// Which one.
    @Param
    public Linear linear;

    private Backend backend;
    private Tensor x;
    private Tensor y;
    private Tensor weight;
    private double operations;

    /// Makes the operands.
    @Setup(Level.Trial)
    public void open(KernelOperands operands) {
        long in = (long) linear.in * operands.size.channels();
        long out = (long) linear.out * operands.size.channels();
        backend = operands.backend();
        x = operands.floats(operands.size.rows(), in);
        y = operands.floats(operands.size.rows(), out);
        weight = operands.floats(out, in);
        operations = 2.0 * operands.size.rows() * in * out;
    }

    /// Forward.
    @Benchmark
    public void forward(Work work, ProductReference product) {
        backend.matmul(Matmul.transposeB(), x, weight, y, Epilogue.NONE);
        work.computed(operations);
    }

    /// Gradient of the input.
    @Benchmark
    public void inputGradient(Work work, ProductReference product) {
        backend.matmul(Matmul.plain(), y, weight, x, Epilogue.NONE);
        work.computed(operations);
    }

    /// Gradient of the weight.
    @Benchmark
    public void weightGradient(Work work, ProductReference product) {
        backend.matmulAdd(Matmul.transposeA(), y, x, weight);
        work.computed(operations);
    }
}
