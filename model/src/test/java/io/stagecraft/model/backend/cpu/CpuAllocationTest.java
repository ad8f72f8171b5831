package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compiled operations allocate views and records, no arrays and no vectors.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpuAllocationTest {
    /// A product describes up to thirty parts of matrices of 40 bytes, attention some 210 of them, fewer
    /// where the compiler leaves them out. A kernel that boxed one vector a row would take 72 rows * 2
    /// heads * 80 bytes more than its views; one that boxed every vector ten times that.
    private static final long MOST_BYTES = 1200;

    private static final long MOST_BYTES_OF_ATTENTION = 12_000;
    private static final int ROWS = 24;
    private static final int COLUMNS = 76;
    private static final int HEADS = 2;
    /// The compiler works in the background, on a busy machine for a while.
    private static final long MOST_NANOS = 30_000_000_000L;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final CpuRuntime runtime = Twins.open();
    private final CpuBackend backend = runtime.newBackend();
    private final KernelExercise rests =
            new KernelExercise(backend, EnumSet.allOf(KernelGroup.class), KernelExercise.RESTS);
    private final KernelExercise fullVectors =
            new KernelExercise(backend, EnumSet.allOf(KernelGroup.class), KernelExercise.FULL_VECTORS);
    private final HostStorage storage = HostStorage.allocate(1 << 20);
    private final TensorArena arena = new TensorArena("other steps", storage);

    @BeforeAll
    void warmUp() {
        backend.warmUp(EnumSet.allOf(KernelGroup.class));
    }

    @AfterAll
    void close() {
        rests.close();
        fullVectors.close();
        storage.close();
        backend.close();
        runtime.close();
    }

    List<KernelExercise.Step> stepsOfRests() {
        return rests.steps();
    }

    List<KernelExercise.Step> stepsOfFullVectors() {
        return fullVectors.steps();
    }

    /// What the exercise leaves out: the doors for bytes and numbers, sums of doubles, masks of documents.
    List<KernelExercise.Step> otherSteps() {
        MemorySegment source = backend.memory(floats(ROWS, COLUMNS)).asReadOnly();
        Tensor x = floats(ROWS, COLUMNS);
        Tensor doubles = arena.allocate(DType.FLOAT64, Shape.of(ROWS));
        MemorySegment[] parts = {backend.memory(doubles), backend.memory(doubles)};
        Tensor starts = arena.allocate(DType.INT32, Shape.of(ROWS));
        backend.upload(new int[ROWS], 0, starts);
        var spec = new AttentionSpec(
                1, ROWS, HEADS, COLUMNS / HEADS, 0, 0.16, Dropout.none(), new AttentionMask.Documents(starts));
        Tensor qkv = floats(ROWS, 3 * COLUMNS);
        Tensor dQkv = floats(ROWS, 3 * COLUMNS);
        Tensor saved = arena.allocate(DType.FLOAT32, backend.attentionSavedShape(spec));
        return List.of(
                new KernelExercise.Step("write", () -> backend.write(source, x)),
                new KernelExercise.Step("read", () -> backend.read(x, 3)),
                new KernelExercise.Step("readable", () -> backend.readable(x)),
                new KernelExercise.Step("memory", () -> backend.memory(x)),
                new KernelExercise.Step("reduce of doubles", () -> backend.reduce(Reduction.SUM, parts, 2, doubles)),
                new KernelExercise.Step("attention of documents", () -> backend.attention(spec, qkv, saved, x)),
                new KernelExercise.Step(
                        "attention of documents, backward",
                        () -> backend.attentionBackward(spec, x, qkv, saved, dQkv)));
    }

    private Tensor floats(int rows, int columns) {
        return arena.allocate(DType.FLOAT32, Shape.of(rows, columns));
    }

    @ParameterizedTest
    @MethodSource({"stepsOfRests", "stepsOfFullVectors", "otherSteps"})
    void shouldAllocateNoArraysAndNoVectors(KernelExercise.Step step) {
        long most = step.name().contains("ttention") ? MOST_BYTES_OF_ATTENTION : MOST_BYTES;
        long deadline = System.nanoTime() + MOST_NANOS;
        rests.reset();
        fullVectors.reset();
        long bytes = bytesPerCall(step);
        while (bytes > most && System.nanoTime() < deadline) {
            bytes = bytesPerCall(step);
        }

        assertThat(bytes).as("bytes a call of %s", step.name()).isLessThanOrEqualTo(most);
    }

    private long bytesPerCall(KernelExercise.Step step) {
        int calls = 100;
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < calls; i++) {
            step.operation().run();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / calls;
    }
}
