package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Dropout;
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

/// Causal attention of all heads of a microbatch, softmax included. Of the products, those of the
/// triangle below the diagonal are counted, not the rest of the blocks on the diagonal.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class AttentionBenchmark {
    private static final long DROPOUT_KEY = 0x9E3779B97F4A7C15L;
    private static final int TENTH = 6554;

    /// On the probabilities: of 65536.
    @Param({"0", "" + TENTH})
    public int dropout;

    private Backend backend;
    private AttentionSpec spec;
    private Tensor qkv;
    private Tensor dQkv;
    private Tensor saved;
    private Tensor out;
    private double productOperations;

    /// Makes the operands.
    @Setup(Level.Trial)
    public void open(KernelOperands operands) {
        ModelSize size = operands.size;
        backend = operands.backend();
        spec = new AttentionSpec(
                size.sequences(),
                size.positions(),
                size.heads(),
                size.headSize(),
                0,
                1 / Math.sqrt(size.headSize()),
                new Dropout(dropout, DROPOUT_KEY, 0, size.positions()));
        qkv = operands.floats(size.rows(), 3L * size.channels());
        dQkv = operands.floats(size.rows(), 3L * size.channels());
        out = operands.floats(size.rows(), size.channels());
        saved = operands.floats(1, backend.attentionSavedShape(spec).numElements());
        backend.attention(spec, qkv, saved, out);
        double pairs = 0.5 * size.positions() * (size.positions() + 1);
        productOperations = 2.0 * pairs * size.channels() * size.sequences();
    }

    /// Scores and sums of values: two products.
    @Benchmark
    public void forward(Work work, ProductReference product) {
        backend.attention(spec, qkv, saved, out);
        work.computed(2 * productOperations);
    }

    /// Gradients of both operands of both products.
    @Benchmark
    public void backward(Work work, ProductReference product) {
        backend.attentionBackward(spec, out, qkv, saved, dQkv);
        work.computed(4 * productOperations);
    }
}
