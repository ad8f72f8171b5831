package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuBackend;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// A backend with compiled kernels, and memory for the operands of one model size.
@State(Scope.Benchmark)
public class KernelOperands {
    private static final long ARENA_BYTES = 768L << 20;
    private static final int PATTERN_ELEMENTS = 1 << 16;
    private static final String BUNDLED = "openblas";

    /// The model whose activations the operands are.
    @Param({"T", "M", "S"})
    public ModelSize size;

    /// The bundled OpenBLAS, or the path of a library.
    @Param(BUNDLED)
    public String blas;

    private CpuRuntime runtime;
    private CpuBackend backend;
    private Storage storage;
    private TensorArena arena;

    /// Opens the backend and has its kernels compiled, as a run does.
    @Setup(Level.Trial)
    public void open() {
        runtime = CpuRuntime.open(new CpuRuntimeConfig(library(blas)));
        backend = runtime.newBackend();
        backend.warmUp(EnumSet.allOf(KernelGroup.class));
        storage = backend.allocate(ARENA_BYTES);
        arena = new TensorArena("operands", storage);
    }

    /// Frees what [#open] made.
    @TearDown(Level.Trial)
    public void close() {
        storage.close();
        backend.close();
        runtime.close();
    }

    CpuBackend backend() {
        return backend;
    }

    /// A tensor of small numbers of both signs.
    Tensor floats(long rows, long columns) {
        float[] values = new float[PATTERN_ELEMENTS];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i * 2654435761L >>> 8 & 0xFFFF) / 65536f - 0.5f;
        }
        MemorySegment pattern = MemorySegment.ofArray(values);
        Tensor x = arena.allocate(DType.FLOAT32, Shape.of(rows, columns));
        for (long at = 0; at < x.numElements(); at += values.length) {
            Tensor piece = x.slice(at, Math.min(values.length, x.numElements() - at));
            backend.write(pattern.asSlice(0, piece.sizeBytes()), piece);
        }
        return x;
    }

    /// `num` ids below `bound`.
    Tensor ids(int num, int bound) {
        int[] values = new int[num];
        for (int i = 0; i < num; i++) {
            values[i] = (int) (i * 2654435761L >>> 7 & 0xFFFFFF) % bound;
        }
        Tensor ids = arena.allocate(DType.INT32, Shape.of(num));
        backend.upload(values, 0, ids);
        return ids;
    }

    /// One double.
    Tensor sum() {
        return arena.allocate(DType.FLOAT64, Shape.of(1));
    }

    /// The BLAS that a parameter names.
    static BlasLibrary library(String blas) {
        return blas.equals(BUNDLED)
                ? new BlasLibrary.Bundled(
                        Path.of("tests/benchmark/micro/target/natives").toAbsolutePath())
                : new BlasLibrary.At(Path.of(blas));
    }
}
