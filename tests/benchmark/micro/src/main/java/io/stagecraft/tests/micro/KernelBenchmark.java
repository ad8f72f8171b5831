package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
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
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Kernels of a transformer layer on the activations of a microbatch. Every tensor that an
/// operation reads or writes counts once.
///
/// Legend: `R` rows, `C` channels, `F` channels of the MLP.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 200, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class KernelBenchmark {
    private static final double EPSILON = 1e-5;
    private static final long DROPOUT_KEY = 0x9E3779B97F4A7C15L;
    private static final int TENTH = 6554;

    private Backend backend;
    private Dropout dropout;
    private Tensor x; // [R, C]
    private Tensor y; // [R, C]
    private Tensor z; // [R, C]
    private Tensor one; // [R, 1]
    private Tensor ones; // [F, 1]
    private Tensor wide; // [R, F]
    private Tensor wideOut; // [R, F]
    private Tensor wideGradient; // [R, F]
    private Tensor bias; // [C]
    private Tensor wideBias; // [F]
    private LayerNormOperands norm;
    private LayerNormGradients normGradients;
    private double bytes; // of one [R, C]

    /// Makes the operands.
    @Setup(Level.Trial)
    public void open(KernelOperands operands) {
        int rows = operands.size.rows();
        int channels = operands.size.channels();
        backend = operands.backend();
        dropout = new Dropout(TENTH, DROPOUT_KEY, 0, operands.size.positions());
        x = operands.floats(rows, channels);
        y = operands.floats(rows, channels);
        z = operands.floats(rows, channels);
        one = operands.floats(rows, 1);
        ones = operands.floats(4L * channels, 1);
        wide = operands.floats(rows, 4L * channels);
        wideOut = operands.floats(rows, 4L * channels);
        wideGradient = operands.floats(rows, 4L * channels);
        bias = vector(operands, channels);
        wideBias = vector(operands, 4 * channels);
        norm = new LayerNormOperands(x, vector(operands, channels), bias, operands.floats(rows, 2), EPSILON);
        normGradients = new LayerNormGradients(vector(operands, channels), vector(operands, channels));
        backend.layerNorm(norm, y);
        bytes = x.sizeBytes();
    }

    /// Reads x, writes y.
    @Benchmark
    public void layerNorm(Work work, CopyReference copy) {
        backend.layerNorm(norm, y);
        work.moved(2 * bytes);
    }

    /// Reads x, dY and the gradient of the residual, writes dX.
    @Benchmark
    public void layerNormBackward(Work work, CopyReference copy) {
        backend.layerNormBackward(norm, y, z, normGradients, z);
        work.moved(4 * bytes);
    }

    /// Reads y and the residual, writes the sum.
    @Benchmark
    public void biasAdd(Work work, CopyReference copy) {
        backend.biasDropoutAdd(y, bias, x, Dropout.none(), z);
        work.moved(3 * bytes);
    }

    /// As [#biasAdd], with a mask.
    @Benchmark
    public void biasDropoutAdd(Work work, CopyReference copy) {
        backend.biasDropoutAdd(y, bias, x, dropout, z);
        work.moved(3 * bytes);
    }

    /// Reads dOut, writes dY.
    @Benchmark
    public void dropoutBackward(Work work, CopyReference copy) {
        backend.dropoutBackward(x, dropout, z);
        work.moved(2 * bytes);
    }

    /// Behind a product whose inner size is 1, which writes the preactivation: it is then read and
    /// written with the bias, and the activation is written.
    @Benchmark
    public void biasGelu(Work work, CopyReference copy) {
        var epilogue = new Epilogue.AddBiasGelu(wideBias, Gelu.TANH, wideOut);
        backend.matmul(Matmul.transposeB(), one, ones, wide, epilogue);
        work.moved(4 * 4 * bytes);
    }

    /// Reads the preactivation and dOut, writes dPre.
    @Benchmark
    public void biasGeluBackward(Work work, CopyReference copy) {
        backend.biasGeluBackward(Gelu.TANH, wideOut, wide, wideGradient, wideBias);
        work.moved(3 * 4 * bytes);
    }

    /// Reads x.
    @Benchmark
    public void columnSums(Work work, CopyReference copy) {
        backend.addColumnSums(wide, wideBias);
        work.moved(4 * bytes);
    }

    /// Reads and writes z, reads x.
    @Benchmark
    public void add(Work work, CopyReference copy) {
        backend.add(x, z);
        work.moved(3 * bytes);
    }

    private static Tensor vector(KernelOperands operands, int num) {
        return operands.floats(1, num).slice(0, num);
    }
}
