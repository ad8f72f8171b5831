package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/// A backend without arithmetic and without memory: layers that run on it leave the peak of their
/// arenas behind, which is how arenas are sized before a run.
///
/// [#allocate] gives a storage of any size that holds nothing; [#readable] and [#read] give zeros.
/// Shapes are not checked.
public final class MeasuringBackend implements Backend {
    private final Backend measured;

    /// Stands in for `measured`: same type, same saved shapes. Borrows it.
    public MeasuringBackend(Backend measured) {
        this.measured = measured;
    }

    /// Storage of a size and nothing else.
    private record Extent(long sizeBytes) implements Storage {
        @Override
        public void close() {
            // holds no memory
        }
    }

    @Override
    public String describe() {
        return "measures memory for: " + measured.describe();
    }

    @Override
    public DType dtype() {
        return measured.dtype();
    }

    @Override
    public Storage allocate(long sizeBytes) {
        return new Extent(sizeBytes);
    }

    @Override
    public Shape attentionSavedShape(AttentionSpec spec) {
        return measured.attentionSavedShape(spec);
    }

    @Override
    public MemorySegment readable(Tensor source) {
        return MemorySegment.ofArray(new byte[Math.toIntExact(source.sizeBytes())])
                .asReadOnly();
    }

    @Override
    public MemorySegment memory(Tensor tensor) {
        throw new UnsupportedOperationException(
                "a measuring backend has no memory, but that of " + tensor + " was asked for");
    }

    @Override
    public double read(Tensor source, long index) {
        return 0;
    }

    @Override
    public void warmUp(Set<KernelGroup> groups) {}

    @Override
    public void close() {}

    @Override
    public void upload(int[] source, int from, Tensor destination) {}

    @Override
    public void write(MemorySegment source, Tensor destination) {}

    @Override
    public void copy(Tensor source, Tensor destination) {}

    @Override
    public void fill(Tensor destination, double value) {}

    @Override
    public void add(Tensor source, Tensor into) {}

    @Override
    public void scale(Tensor x, double factor) {}

    @Override
    public void reduce(Reduction reduction, MemorySegment[] parts, int numParts, Tensor destination) {}

    @Override
    public void reduceIntoAll(Reduction reduction, MemorySegment[] parts, int numParts, DType dtype) {}

    @Override
    public void matmul(Matmul op, Tensor a, Tensor b, Tensor c, Epilogue epilogue) {}

    @Override
    public void matmulAdd(Matmul op, Tensor a, Tensor b, Tensor c) {}

    @Override
    public void addColumnSums(Tensor x, Tensor sum) {}

    @Override
    public void layerNorm(LayerNormOperands ln, Tensor y) {}

    @Override
    public void layerNormBackward(
            LayerNormOperands ln, Tensor dY, Tensor residualGradient, LayerNormGradients gradients, Tensor dX) {}

    @Override
    public void layerNormBackward(LayerNormOperands ln, Tensor dY, LayerNormGradients gradients, Tensor dX) {}

    @Override
    public void biasDropoutAdd(Tensor y, Tensor bias, Tensor residual, Dropout dropout, Tensor out) {}

    @Override
    public void dropoutBackward(Tensor dOut, Dropout dropout, Tensor dY) {}

    @Override
    public void biasGeluBackward(Gelu gelu, Tensor dOut, Tensor preactivation, Tensor dPre, Tensor dBias) {}

    @Override
    public void attention(AttentionSpec spec, Tensor qkv, Tensor saved, Tensor out) {}

    @Override
    public void attentionBackward(AttentionSpec spec, Tensor dOut, Tensor qkv, Tensor saved, Tensor dQkv) {}

    @Override
    public void cachedAttention(CachedAttentionSpec spec, Tensor qkv, Tensor cache, Tensor out) {}

    @Override
    public void embedding(Tensor ids, Tensor table, long firstRow, Tensor out) {}

    @Override
    public void embeddingBackward(Tensor dOut, Tensor ids, long firstRow, Tensor dTable) {}

    @Override
    public void addRowsDropout(Tensor ids, Tensor table, Dropout dropout, Tensor x) {}

    @Override
    public void rowMax(Tensor logits, Tensor max) {}

    @Override
    public void softmaxShard(VocabShard shard, Tensor max, Tensor targetLogit, Tensor sumExp) {}

    @Override
    public void addCrossEntropy(Tensor targetLogit, Tensor sumExp, Tensor weight, Tensor lossSum) {}

    @Override
    public void crossEntropyBackward(VocabShard shard, Tensor sumExp, Tensor weight, double scale) {}

    @Override
    public void reduceSquares(MemorySegment[] parts, int numParts, Tensor destination, Tensor squares) {}

    @Override
    public void sumOfSquares(Tensor x, Tensor result) {}

    @Override
    public void adam(AdamStep step, AdamTensors tensors) {}
}
