package io.stagecraft.model.backend.cpu;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.backend.AdamStep;
import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.CachedAttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// The operations of a backend on a small model: what has kernels compiled, and what tests count
/// and compare.
final class KernelExercise implements AutoCloseable {
    /// Sizes with a rest behind the last full vector in every row.
    static final Sizes RESTS = new Sizes(36, 76, 90);
    /// Sizes of full vectors only: what models have. A kernel that never saw them would be compiled
    /// once more when training begins.
    static final Sizes FULL_VECTORS = new Sizes(32, 64, 96);

    private static final int SEQUENCES = 2;
    private static final int HEADS = 2;

    /// Sizes of the small model.
    ///
    /// @param positions of a sequence
    /// @param channels of a row; the MLP has four times as many
    /// @param vocabulary columns of the logits
    record Sizes(int positions, int channels, int vocabulary) {}

    private final int positions;
    private final int rows;
    private final int channels;
    private final int inner;
    private final int vocabulary;
    private final int capacity;
    private final CpuBackend backend;
    private final Set<KernelGroup> groups;
    private final HostStorage storage = HostStorage.allocate(4 << 20);
    private final TensorArena arena = new TensorArena("exercise", storage);
    private final Tensor x = floats(rows, channels);
    private final Tensor y = floats(rows, channels);
    private final Tensor dX = floats(rows, channels);
    private final Tensor weight = floats(1, channels);
    private final Tensor bias = floats(1, inner);
    private final Tensor dWeight = floats(1, channels);
    private final Tensor dBias = floats(1, inner);
    private final Tensor statistics = floats(rows, 2);
    private final Tensor qkvWeight = floats(3 * channels, channels);
    private final Tensor qkv = floats(rows, 3 * channels);
    private final Tensor dQkv = floats(rows, 3 * channels);
    private final Tensor upWeight = floats(inner, channels);
    private final Tensor dUpWeight = floats(inner, channels);
    private final Tensor wide = floats(rows, inner);
    private final Tensor activated = floats(rows, inner);
    private final Tensor table = floats(vocabulary, channels);
    private final Tensor dTable = floats(vocabulary, channels);
    private final Tensor firstMoment = floats(vocabulary, channels);
    private final Tensor secondMoment = floats(vocabulary, channels);
    private final Tensor logits = floats(rows, vocabulary);
    private final Tensor max = floats(1, rows);
    private final Tensor target = floats(1, rows);
    private final Tensor sumExp = floats(1, rows);
    private final Tensor one = floats(1, rows);
    private final Tensor cache = floats(SEQUENCES * 2, channels * capacity);
    private final Tensor saved;
    private final Tensor ids = arena.allocate(DType.INT32, Shape.of(rows));
    private final Tensor sum = arena.allocate(DType.FLOAT64, Shape.of(1));
    private final int[] idValues = new int[rows];
    private final MemorySegment[] parts;
    private final LayerNormOperands norm;
    private final LayerNormGradients normGradients;
    private final List<Step> steps = new ArrayList<>();

    /// Every operation, on [#RESTS].
    KernelExercise(CpuBackend backend) {
        this(backend, EnumSet.allOf(KernelGroup.class), RESTS);
    }

    /// The operations of `groups`.
    KernelExercise(CpuBackend backend, Set<KernelGroup> groups, Sizes sizes) {
        positions = sizes.positions;
        rows = SEQUENCES * sizes.positions;
        channels = sizes.channels;
        inner = 4 * sizes.channels;
        vocabulary = sizes.vocabulary;
        capacity = sizes.positions + 1;
        super(); // the tensors below have these sizes
        this.backend = backend;
        this.groups = EnumSet.copyOf(groups);
        saved = arena.allocate(DType.FLOAT32, backend.attentionSavedShape(spec(Dropout.none())));
        parts = new MemorySegment[] {backend.readable(x), backend.readable(y)};
        norm = new LayerNormOperands(x, weight, bias.slice(0, channels), statistics, 1e-5);
        normGradients = new LayerNormGradients(dWeight, dBias.slice(0, channels));
        for (int r = 0; r < rows; r++) {
            idValues[r] = r * 37 % vocabulary;
        }
        layerForward();
        mlp(KernelGroup.GELU_TANH, Gelu.TANH);
        mlp(KernelGroup.GELU_ERF, Gelu.ERF);
        dropped(EnumSet.noneOf(KernelGroup.class), Dropout.none());
        dropped(EnumSet.of(KernelGroup.DROPOUT), new Dropout(6554, 0x9E3779B97F4A7C15L, 3, positions));
        layerBackward();
        loss();
        elementwise();
        generation();
        optimizer();
        reset();
    }

    private Tensor floats(int numRows, int columns) {
        return arena.allocate(DType.FLOAT32, Shape.of(numRows, columns));
    }

    /// Gives all memory the contents that it has at first.
    void reset() {
        MemorySegment memory = storage.segment();
        for (long i = 0; i < memory.byteSize() / 4; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, (i * 2654435761L >>> 8 & 0xFFFF) / 65536f - 0.4f);
        }
        backend.upload(idValues, 0, ids);
        backend.fill(secondMoment, 0.25);
        backend.fill(sum, 0);
    }

    /// The memory of all tensors, for comparison.
    MemorySegment memory() {
        return storage.segment().asReadOnly();
    }

    /// One operation.
    record Step(String name, Runnable operation) {
        /// Runs it; what it took from the heap of the calling thread.
        long allocatedBytes(ThreadMXBean threads) {
            long before = threads.getCurrentThreadAllocatedBytes();
            operation.run();
            return threads.getCurrentThreadAllocatedBytes() - before;
        }
    }

    /// Every operation, in an order in which each has input.
    void run() {
        for (Step step : steps) {
            step.operation.run();
        }
    }

    /// What [#run] runs.
    List<Step> steps() {
        return steps;
    }

    private void step(KernelGroup group, String name, Runnable operation) {
        step(EnumSet.of(group), name, operation);
    }

    private void step(Set<KernelGroup> needs, String name, Runnable operation) {
        if (groups.containsAll(needs)) {
            steps.add(new Step(name, operation));
        }
    }

    private static Set<KernelGroup> both(KernelGroup one, Set<KernelGroup> others) {
        EnumSet<KernelGroup> all = EnumSet.of(one);
        all.addAll(others);
        return all;
    }

    private void layerForward() {
        step(KernelGroup.FORWARD, "layerNorm", () -> backend.layerNorm(norm, y));
        var addBias = new Epilogue.AddBias(bias.slice(0, 3 * channels));
        step(
                KernelGroup.FORWARD,
                "matmul, bias",
                () -> backend.matmul(Matmul.transposeB(), y, qkvWeight, qkv, addBias));
    }

    private void mlp(KernelGroup group, Gelu gelu) {
        var addBiasGelu = new Epilogue.AddBiasGelu(bias, gelu, activated);
        Set<KernelGroup> one = EnumSet.of(group);
        step(
                both(KernelGroup.FORWARD, one),
                "matmul, bias, " + gelu,
                () -> backend.matmul(Matmul.transposeB(), y, upWeight, wide, addBiasGelu));
        step(
                both(KernelGroup.FORWARD, one),
                "matmul after " + gelu,
                () -> backend.matmul(Matmul.plain(), activated, upWeight, y, Epilogue.NONE));
        step(
                both(KernelGroup.BACKWARD, one),
                "biasGeluBackward, " + gelu,
                () -> backend.biasGeluBackward(gelu, activated, wide, wide, dBias));
    }

    private void dropped(Set<KernelGroup> with, Dropout dropout) {
        String name = dropout.active() ? ", dropout" : "";
        Set<KernelGroup> forward = both(KernelGroup.FORWARD, with);
        Set<KernelGroup> backward = both(KernelGroup.BACKWARD, with);
        step(forward, "attention" + name, () -> backend.attention(spec(dropout), qkv, saved, y));
        step(forward, "biasDropoutAdd" + name, () -> backend.biasDropoutAdd(y, weight, x, dropout, y));
        step(backward, "dropoutBackward" + name, () -> backend.dropoutBackward(y, dropout, dX));
        step(
                backward,
                "attentionBackward" + name,
                () -> backend.attentionBackward(spec(dropout), dX, qkv, saved, dQkv));
        step(forward, "addRowsDropout" + name, () -> backend.addRowsDropout(ids, table, dropout, dX));
    }

    private void layerBackward() {
        step(KernelGroup.BACKWARD, "matmulAdd", () -> backend.matmulAdd(Matmul.transposeA(), wide, dX, dUpWeight));
        step(KernelGroup.BACKWARD, "scale of a gradient", () -> backend.scale(dUpWeight, 0.5));
        step(KernelGroup.BACKWARD, "addColumnSums", () -> backend.addColumnSums(dQkv, dBias.slice(0, 3 * channels)));
        step(KernelGroup.BACKWARD, "layerNormBackward", () -> backend.layerNormBackward(norm, dX, normGradients, y));
        step(
                KernelGroup.BACKWARD,
                "layerNormBackward, residual",
                () -> backend.layerNormBackward(norm, dX, y, normGradients, dX));
    }

    private void loss() {
        VocabShard shard = new VocabShard(logits, ids, 5);
        step(KernelGroup.FORWARD, "upload", () -> backend.upload(idValues, 0, ids));
        step(KernelGroup.FORWARD, "embedding", () -> backend.embedding(ids, table, 5, y));
        step(KernelGroup.FORWARD, "matmul", () -> backend.matmul(Matmul.transposeB(), y, table, logits, Epilogue.NONE));
        step(KernelGroup.FORWARD, "rowMax", () -> backend.rowMax(logits, max));
        step(KernelGroup.FORWARD, "softmaxShard", () -> backend.softmaxShard(shard, max, target, sumExp));
        step(KernelGroup.FORWARD, "fill", () -> backend.fill(one, 1));
        step(KernelGroup.FORWARD, "addCrossEntropy", () -> backend.addCrossEntropy(target, sumExp, one, sum));
        step(
                KernelGroup.BACKWARD,
                "crossEntropyBackward",
                () -> backend.crossEntropyBackward(shard, sumExp, one, 1.0 / rows));
        step(KernelGroup.BACKWARD, "embeddingBackward", () -> backend.embeddingBackward(y, ids, 5, dTable));
    }

    private void elementwise() {
        MemorySegment[] both = {backend.memory(dX), backend.memory(y)};
        step(KernelGroup.FORWARD, "sum", () -> backend.reduce(Reduction.SUM, parts, 2, y));
        step(KernelGroup.FORWARD, "maximum", () -> backend.reduce(Reduction.MAX, parts, 2, y));
        step(KernelGroup.FORWARD, "sum into both", () -> backend.reduceIntoAll(Reduction.SUM, both, 2, y.dtype()));
        step(KernelGroup.FORWARD, "maximum into both", () -> backend.reduceIntoAll(Reduction.MAX, both, 2, y.dtype()));
        step(KernelGroup.FORWARD, "add", () -> backend.add(y, dX));
        step(KernelGroup.FORWARD, "scale", () -> backend.scale(dX, 0.5));
        step(KernelGroup.FORWARD, "copy", () -> backend.copy(dX, y));
    }

    private void optimizer() {
        step(KernelGroup.BACKWARD, "sumOfSquares", () -> backend.sumOfSquares(dTable, sum));
        step(
                KernelGroup.BACKWARD,
                "adam",
                () -> backend.adam(
                        new AdamStep(1e-3, 0.9, 0.95, 1e-8, 0.1, 2, 0.5),
                        new AdamTensors(table, dTable, firstMoment, secondMoment)));
        step(KernelGroup.BACKWARD, "scale of all gradients", () -> backend.scale(dTable, 0.5));
        step(KernelGroup.BACKWARD, "reduceSquares", () -> backend.reduceSquares(parts, 2, y, sum));
    }

    private void generation() {
        CachedAttentionSpec several = cached(positions, 0);
        CachedAttentionSpec next = cached(1, positions);
        Tensor oneQkv = qkv.rows(0, SEQUENCES);
        Tensor oneOut = y.rows(0, SEQUENCES);
        step(KernelGroup.GENERATION, "cachedAttention, several", () -> backend.cachedAttention(several, qkv, cache, y));
        step(
                KernelGroup.GENERATION,
                "cachedAttention, one",
                () -> backend.cachedAttention(next, oneQkv, cache, oneOut));
        var epilogue = new Epilogue.AddBias(bias.slice(0, 3 * channels));
        for (int num = 1; num <= 5; num += 4) {
            Tensor few = y.rows(0, num);
            Tensor fewQkv = qkv.rows(0, num);
            step(
                    KernelGroup.GENERATION,
                    "matmul of " + num,
                    () -> backend.matmul(Matmul.transposeB(), few, qkvWeight, fewQkv, epilogue));
        }
    }

    private CachedAttentionSpec cached(int numPositions, int firstPosition) {
        return new CachedAttentionSpec(SEQUENCES, numPositions, firstPosition, capacity, HEADS, channels / HEADS, 0.16);
    }

    private AttentionSpec spec(Dropout dropout) {
        return new AttentionSpec(SEQUENCES, positions, HEADS, channels / HEADS, 0, 0.16, dropout);
    }

    @Override
    public void close() {
        storage.close();
    }
}
