package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.AdamStep;
import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.CachedAttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.backend.LayerNormGradients;
import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.backend.OperandChecks;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/// Every operation as a plain loop over host memory, computed in double and rounded to [#dtype]
/// only when stored: what the other backends are compared with, and with FLOAT64 what finite
/// differences run on.
public final class ScalarBackend implements Backend {
    private final DType dtype;
    private final OperandChecks checks;
    private final ScalarAttention attention = new ScalarAttention();

    /// Weights and activations are of `dtype`, FLOAT32 or FLOAT64.
    public ScalarBackend(DType dtype) {
        this.dtype = dtype;
        checks = new OperandChecks(dtype);
    }

    @Override
    public String describe() {
        return "plain Java loops in double, stored as " + dtype + ": the oracle, not for speed";
    }

    @Override
    public DType dtype() {
        return dtype;
    }

    @Override
    public Storage allocate(long sizeBytes) {
        return new ScalarStorage(sizeBytes);
    }

    @Override
    public void warmUp(Set<KernelGroup> groups) {
        // its speed does not matter
    }

    @Override
    public void close() {
        // holds nothing
    }

    @Override
    public void upload(int[] source, int from, Tensor destination) {
        checks.upload(from, source.length, destination);
        var values = Values.of(destination);
        for (int i = 0; i < destination.numElements(); i++) {
            values.set(i, source[from + i]);
        }
    }

    @Override
    public void write(MemorySegment source, Tensor destination) {
        checks.bytes("write", source.byteSize(), destination);
        Values.segment(destination).copyFrom(source);
    }

    @Override
    public MemorySegment readable(Tensor source) {
        return Values.segment(source).asReadOnly();
    }

    @Override
    public MemorySegment memory(Tensor tensor) {
        return Values.segment(tensor);
    }

    @Override
    public double read(Tensor source, long index) {
        return Values.of(source).get(index);
    }

    @Override
    public void copy(Tensor source, Tensor destination) {
        checks.equal("copy", source, destination);
        Values.segment(destination).copyFrom(Values.segment(source));
    }

    @Override
    public void fill(Tensor destination, double value) {
        ScalarElementwise.fill(destination, value);
    }

    @Override
    public void add(Tensor source, Tensor into) {
        checks.equal("add", source, into);
        ScalarElementwise.add(source, into);
    }

    @Override
    public void scale(Tensor x, double factor) {
        ScalarElementwise.scale(x, factor);
    }

    @Override
    public void reduce(Reduction reduction, MemorySegment[] parts, int numParts, Tensor destination) {
        for (int p = 0; p < numParts; p++) {
            checks.bytes("reduce, part " + p, parts[p].byteSize(), destination);
        }
        ScalarElementwise.reduce(reduction, parts, numParts, Values.of(destination), destination.numElements());
    }

    @Override
    public void reduceIntoAll(Reduction reduction, MemorySegment[] parts, int numParts, DType dtype) {
        for (int p = 1; p < numParts; p++) {
            checks.parts(parts[0].byteSize(), p, parts[p].byteSize());
        }
        var first = new Values(parts[0], dtype);
        ScalarElementwise.reduce(reduction, parts, numParts, first, parts[0].byteSize() / dtype.sizeBytes());
        for (int p = 1; p < numParts; p++) {
            parts[p].copyFrom(parts[0]);
        }
    }

    @Override
    public void matmul(Matmul op, Tensor a, Tensor b, Tensor c, Epilogue epilogue) {
        checks.matmul(op, a, b, c, epilogue);
        ScalarLinear.matmul(op, a, b, c, epilogue);
    }

    @Override
    public void matmulAdd(Matmul op, Tensor a, Tensor b, Tensor c) {
        checks.matmul(op, a, b, c, Epilogue.NONE);
        ScalarLinear.matmulAdd(op, a, b, c);
    }

    @Override
    public void addColumnSums(Tensor x, Tensor sum) {
        checks.addColumnSums(x, sum);
        ScalarLinear.addColumnSums(x, sum);
    }

    @Override
    public void layerNorm(LayerNormOperands ln, Tensor y) {
        checks.layerNorm(ln, y);
        ScalarLayerNorm.forward(ln, y);
    }

    @Override
    public void layerNormBackward(
            LayerNormOperands ln, Tensor dY, Tensor residualGradient, LayerNormGradients gradients, Tensor dX) {
        checks.layerNormBackward(ln, dY, residualGradient, gradients, dX);
        ScalarLayerNorm.parameterGradients(ln, dY, gradients);
        ScalarLayerNorm.inputGradient(ln, dY, residualGradient, 1, dX);
    }

    @Override
    public void layerNormBackward(LayerNormOperands ln, Tensor dY, LayerNormGradients gradients, Tensor dX) {
        checks.layerNormBackward(ln, dY, dY, gradients, dX);
        ScalarLayerNorm.parameterGradients(ln, dY, gradients);
        ScalarLayerNorm.inputGradient(ln, dY, dY, 0, dX);
    }

    @Override
    public void biasDropoutAdd(Tensor y, Tensor bias, Tensor residual, Dropout dropout, Tensor out) {
        checks.biasDropoutAdd(y, bias, residual, dropout, out);
        ScalarDropout.biasDropoutAdd(y, bias, residual, dropout, out);
    }

    @Override
    public void dropoutBackward(Tensor dOut, Dropout dropout, Tensor dY) {
        checks.dropoutBackward(dOut, dropout, dY);
        ScalarDropout.backward(dOut, dropout, dY);
    }

    @Override
    public void biasGeluBackward(Gelu gelu, Tensor dOut, Tensor preactivation, Tensor dPre, Tensor dBias) {
        checks.biasGeluBackward(dOut, preactivation, dPre, dBias);
        ScalarGelu.backward(gelu, dOut, preactivation, dPre, dBias);
    }

    @Override
    public void attention(AttentionSpec spec, Tensor qkv, Tensor saved, Tensor out) {
        checks.attention(spec, qkv, saved, attentionSavedShape(spec).numElements(), out);
        attention.forward(spec, qkv, saved, out);
    }

    @Override
    public Shape attentionSavedShape(AttentionSpec spec) {
        return ScalarAttention.savedShape(spec);
    }

    @Override
    public void attentionBackward(AttentionSpec spec, Tensor dOut, Tensor qkv, Tensor saved, Tensor dQkv) {
        checks.attention(spec, qkv, saved, attentionSavedShape(spec).numElements(), dOut);
        checks.attention(spec, dQkv, saved, saved.numElements(), dOut);
        attention.backward(spec, dOut, qkv, saved, dQkv);
    }

    @Override
    public void cachedAttention(CachedAttentionSpec spec, Tensor qkv, Tensor cache, Tensor out) {
        checks.cachedAttention(spec, qkv, cache, out);
        new ScalarCachedAttention(spec, qkv, cache, out).run();
    }

    @Override
    public void embedding(Tensor ids, Tensor table, long firstRow, Tensor out) {
        checks.embedding("embedding", ids, table, out);
        ScalarVocabulary.embedding(ids, table, firstRow, out);
    }

    @Override
    public void embeddingBackward(Tensor dOut, Tensor ids, long firstRow, Tensor dTable) {
        checks.embedding("embeddingBackward", ids, dTable, dOut);
        ScalarVocabulary.embeddingBackward(dOut, ids, firstRow, dTable);
    }

    @Override
    public void addRowsDropout(Tensor ids, Tensor table, Dropout dropout, Tensor x) {
        checks.addRowsDropout(ids, table, dropout, x);
        ScalarDropout.addRows(ids, table, dropout, x);
    }

    @Override
    public void rowMax(Tensor logits, Tensor max) {
        checks.rowMax(logits, max);
        ScalarVocabulary.rowMax(logits, max);
    }

    @Override
    public void softmaxShard(VocabShard shard, Tensor max, Tensor targetLogit, Tensor sumExp) {
        checks.vocabShard("softmaxShard", shard, "max", max);
        checks.vocabShard("softmaxShard", shard, "targetLogit", targetLogit);
        checks.vocabShard("softmaxShard", shard, "sumExp", sumExp);
        ScalarVocabulary.softmaxShard(shard, max, targetLogit, sumExp);
    }

    @Override
    public void addCrossEntropy(Tensor targetLogit, Tensor sumExp, Tensor weight, Tensor lossSum) {
        checks.addCrossEntropy(targetLogit, sumExp, weight, lossSum);
        ScalarVocabulary.addCrossEntropy(targetLogit, sumExp, weight, lossSum);
    }

    @Override
    public void crossEntropyBackward(VocabShard shard, Tensor sumExp, Tensor weight, double scale) {
        checks.vocabShard("crossEntropyBackward", shard, "sumExp", sumExp);
        checks.vocabShard("crossEntropyBackward", shard, "weight", weight);
        ScalarVocabulary.crossEntropyBackward(shard, sumExp, weight, scale);
    }

    @Override
    public void reduceSquares(MemorySegment[] parts, int numParts, Tensor destination, Tensor squares) {
        reduce(Reduction.SUM, parts, numParts, destination);
        sumOfSquares(destination, squares);
    }

    @Override
    public void sumOfSquares(Tensor x, Tensor result) {
        checks.sumOfSquares(x, result);
        ScalarElementwise.sumOfSquares(x, result);
    }

    @Override
    public void adam(AdamStep step, AdamTensors tensors) {
        checks.adam(tensors);
        ScalarElementwise.adam(step, tensors);
    }
}
