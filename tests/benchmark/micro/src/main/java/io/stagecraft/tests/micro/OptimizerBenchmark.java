package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.AdamStep;
import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.Tensor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What runs once a step over all parameters of a layer.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class OptimizerBenchmark {
    private Backend backend;
    private AdamStep step;
    private AdamTensors tensors;
    private Tensor sum;
    private double bytes;

    /// Makes the operands.
    @Setup(Level.Trial)
    public void open(KernelOperands operands) {
        long rows = 12L * operands.size.channels();
        long columns = operands.size.channels();
        backend = operands.backend();
        step = new AdamStep(1e-6, 0.9, 0.95, 1e-8, 0.1, 2, 0.5);
        tensors = new AdamTensors(
                operands.floats(rows, columns),
                operands.floats(rows, columns),
                operands.floats(rows, columns),
                operands.floats(rows, columns));
        backend.fill(tensors.secondMoment(), 0.25);
        sum = operands.sum();
        bytes = tensors.weight().sizeBytes();
    }

    /// Reads weight, gradient and both moments, writes all but the gradient.
    @Benchmark
    public void adam(Work work, CopyReference copy) {
        backend.adam(step, tensors);
        work.moved(7 * bytes);
    }

    /// Reads the gradient.
    @Benchmark
    public void sumOfSquares(Work work, CopyReference copy) {
        backend.sumOfSquares(tensors.gradient(), sum);
        work.moved(bytes);
    }

    /// Reads and writes the gradient.
    @Benchmark
    public void scale(Work work, CopyReference copy) {
        backend.scale(tensors.gradient(), 1);
        work.moved(2 * bytes);
    }
}
