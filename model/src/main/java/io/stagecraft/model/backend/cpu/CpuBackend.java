package io.stagecraft.model.backend.cpu;

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
import java.lang.foreign.ValueLayout;
import java.util.Set;

/// FLOAT32 on the processor: one thread, BLAS for products, Vector API kernels for everything else.
/// Every operation has run when it returns.
///
/// Each method checks its operands, takes their addresses and calls kernels; nothing here computes.
public final class CpuBackend implements Backend {
    private final CpuRuntime runtime;
    private final Gemm gemm;
    private final OperandChecks checks = new OperandChecks(DType.FLOAT32);
    private final FewRows fewRows = new FewRows();
    private final Scratch blocks = new Scratch();
    private final Scratch halves = new Scratch();
    private final Scratch factors = new Scratch();
    private final ElementwiseOperations elementwise = new ElementwiseOperations();
    private final CrossEntropyOperations crossEntropy = new CrossEntropyOperations();
    private final LayerNormOperations layerNorm = new LayerNormOperations(blocks);
    private final MatmulOperations matmul;
    private final ActivationOperations activation;
    private final AttentionOperations attention;
    private final EmbeddingOperations embedding;

    CpuBackend(CpuRuntime runtime, Gemm gemm) {
        DropoutMask masks = new DropoutMask(halves, factors);
        this.runtime = runtime;
        this.gemm = gemm;
        this.matmul = new MatmulOperations(gemm, fewRows, blocks);
        this.activation = new ActivationOperations(masks, blocks);
        this.attention = new AttentionOperations(gemm, fewRows, masks, blocks);
        this.embedding = new EmbeddingOperations(masks);
    }

    @Override
    public String describe() {
        return runtime.describe();
    }

    @Override
    public DType dtype() {
        return DType.FLOAT32;
    }

    @Override
    public Storage allocate(long sizeBytes) {
        return HostStorage.allocate(sizeBytes);
    }

    @Override
    public void warmUp(Set<KernelGroup> groups) {
        runtime.warmUp(this, groups);
    }

    @Override
    public void close() {
        gemm.close();
        fewRows.close();
        blocks.close();
        halves.close();
        factors.close();
    }

    @Override
    public void upload(int[] source, int from, Tensor destination) {
        checks.upload(from, source.length, destination);
        int num = Math.toIntExact(destination.numElements());
        long to = Operands.ints(destination);
        MemorySegment.copy(source, from, Lanes.MEMORY, ValueLayout.JAVA_INT, to, num);
    }

    @Override
    public void write(MemorySegment source, Tensor destination) {
        checks.bytes("write", source.byteSize(), destination);
        bytes(destination).copyFrom(source);
    }

    @Override
    public MemorySegment readable(Tensor source) {
        return bytes(source).asReadOnly();
    }

    @Override
    public MemorySegment memory(Tensor tensor) {
        return bytes(tensor);
    }

    @Override
    public double read(Tensor source, long index) {
        if (index < 0 || index >= source.numElements()) {
            throw new IllegalArgumentException("read index: expected an element of " + source + " but got " + index);
        }
        MemorySegment memory = bytes(source);
        return switch (source.dtype()) {
            case FLOAT32 -> memory.getAtIndex(ValueLayout.JAVA_FLOAT, index);
            case FLOAT64 -> memory.getAtIndex(ValueLayout.JAVA_DOUBLE, index);
            case INT32 -> memory.getAtIndex(ValueLayout.JAVA_INT, index);
            case FLOAT16 -> Float.float16ToFloat(memory.getAtIndex(ValueLayout.JAVA_SHORT, index));
            case BFLOAT16 -> Float.intBitsToFloat(memory.getAtIndex(ValueLayout.JAVA_SHORT, index) << 16);
        };
    }

    @Override
    public void copy(Tensor source, Tensor destination) {
        checks.equal("copy", source, destination);
        bytes(destination).copyFrom(bytes(source));
    }

    @Override
    public void fill(Tensor destination, double value) {
        elementwise.fill(destination, value);
    }

    @Override
    public void add(Tensor source, Tensor into) {
        checks.equal("add", source, into);
        elementwise.add(source, into);
    }

    @Override
    public void scale(Tensor x, double factor) {
        elementwise.scale(x, factor);
    }

    @Override
    public void reduce(Reduction reduction, MemorySegment[] parts, int numParts, Tensor destination) {
        elementwise.reduce(reduction, parts, numParts, destination);
    }

    @Override
    public void reduceIntoAll(Reduction reduction, MemorySegment[] parts, int numParts, DType dtype) {
        elementwise.reduceIntoAll(reduction, parts, numParts, dtype);
    }

    @Override
    public void reduceSquares(MemorySegment[] parts, int numParts, Tensor destination, Tensor squares) {
        checks.sumOfSquares(destination, squares);
        elementwise.reduceSquares(parts, numParts, destination, squares);
    }

    @Override
    public void matmul(Matmul op, Tensor a, Tensor b, Tensor c, Epilogue epilogue) {
        checks.matmul(op, a, b, c, epilogue);
        matmul.multiply(op, a, b, c, epilogue);
    }

    @Override
    public void matmulAdd(Matmul op, Tensor a, Tensor b, Tensor c) {
        checks.matmul(op, a, b, c, Epilogue.NONE);
        matmul.product(op, a, b, 1, c);
    }

    @Override
    public void addColumnSums(Tensor x, Tensor sum) {
        checks.addColumnSums(x, sum);
        int columns = Operands.columns(x);
        long from = Operands.floats(x);
        ColumnSums.add(from, Operands.rows(x), columns, Operands.floats(sum));
    }

    @Override
    public void layerNorm(LayerNormOperands ln, Tensor y) {
        checks.layerNorm(ln, y);
        layerNorm.forward(ln, y);
    }

    @Override
    public void layerNormBackward(
            LayerNormOperands ln, Tensor dY, Tensor residualGradient, LayerNormGradients gradients, Tensor dX) {
        checks.layerNormBackward(ln, dY, residualGradient, gradients, dX);
        layerNorm.backwardOnto(ln, dY, residualGradient, gradients, dX);
    }

    @Override
    public void layerNormBackward(LayerNormOperands ln, Tensor dY, LayerNormGradients gradients, Tensor dX) {
        checks.layerNormBackward(ln, dY, dY, gradients, dX);
        layerNorm.backward(ln, dY, gradients, dX);
    }

    @Override
    public void biasDropoutAdd(Tensor y, Tensor bias, Tensor residual, Dropout dropout, Tensor out) {
        checks.biasDropoutAdd(y, bias, residual, dropout, out);
        activation.biasDropoutAdd(y, bias, residual, dropout, out);
    }

    @Override
    public void dropoutBackward(Tensor dOut, Dropout dropout, Tensor dY) {
        checks.dropoutBackward(dOut, dropout, dY);
        activation.dropoutBackward(dOut, dropout, dY);
    }

    @Override
    public void biasGeluBackward(Gelu gelu, Tensor dOut, Tensor preactivation, Tensor dPre, Tensor dBias) {
        checks.biasGeluBackward(dOut, preactivation, dPre, dBias);
        activation.biasGeluBackward(gelu, dOut, preactivation, dPre, dBias);
    }

    @Override
    public void attention(AttentionSpec spec, Tensor qkv, Tensor saved, Tensor out) {
        checks.attention(spec, qkv, saved, attentionSavedShape(spec).numElements(), out);
        attention.forward(spec, qkv, saved, out);
    }

    @Override
    public Shape attentionSavedShape(AttentionSpec spec) {
        return AttentionOperations.savedShape(spec);
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
        attention.cached(spec, qkv, cache, out);
    }

    @Override
    public void embedding(Tensor ids, Tensor table, long firstRow, Tensor out) {
        checks.embedding("embedding", ids, table, out);
        embedding.gather(ids, table, firstRow, out);
    }

    @Override
    public void embeddingBackward(Tensor dOut, Tensor ids, long firstRow, Tensor dTable) {
        checks.embedding("embeddingBackward", ids, dTable, dOut);
        embedding.scatter(dOut, ids, firstRow, dTable);
    }

    @Override
    public void addRowsDropout(Tensor ids, Tensor table, Dropout dropout, Tensor x) {
        checks.addRowsDropout(ids, table, dropout, x);
        embedding.addRowsDropout(ids, table, dropout, x);
    }

    @Override
    public void rowMax(Tensor logits, Tensor max) {
        checks.rowMax(logits, max);
        crossEntropy.rowMax(logits, max);
    }

    @Override
    public void softmaxShard(VocabShard shard, Tensor max, Tensor targetLogit, Tensor sumExp) {
        checks.vocabShard("softmaxShard", shard, "max", max);
        checks.vocabShard("softmaxShard", shard, "targetLogit", targetLogit);
        checks.vocabShard("softmaxShard", shard, "sumExp", sumExp);
        crossEntropy.softmaxShard(shard, max, targetLogit, sumExp);
    }

    @Override
    public void addCrossEntropy(Tensor targetLogit, Tensor sumExp, Tensor weight, Tensor lossSum) {
        checks.addCrossEntropy(targetLogit, sumExp, weight, lossSum);
        crossEntropy.add(targetLogit, sumExp, weight, lossSum);
    }

    @Override
    public void crossEntropyBackward(VocabShard shard, Tensor sumExp, Tensor weight, double scale) {
        checks.vocabShard("crossEntropyBackward", shard, "sumExp", sumExp);
        checks.vocabShard("crossEntropyBackward", shard, "weight", weight);
        crossEntropy.backward(shard, sumExp, weight, scale);
    }

    @Override
    public void sumOfSquares(Tensor x, Tensor result) {
        checks.sumOfSquares(x, result);
        DoubleSums.squares(Operands.floats(x), x.numElements(), Operands.doubles(result));
    }

    @Override
    public void adam(AdamStep step, AdamTensors tensors) {
        checks.adam(tensors);
        long num = tensors.weight().numElements();
        long w = Operands.floats(tensors.weight());
        long g = Operands.floats(tensors.gradient());
        long m = Operands.floats(tensors.firstMoment());
        long v = Operands.floats(tensors.secondMoment());
        AdamKernel kernel = AdamKernel.of(step);
        for (long i = 0; i < num; i += Pieces.SIZE) {
            long o = 4 * i;
            kernel.update(w + o, g + o, m + o, v + o, Pieces.at(i, num));
        }
    }

    private static MemorySegment bytes(Tensor tensor) {
        return Operands.storage(tensor).segment().asSlice(tensor.offsetBytes(), tensor.sizeBytes());
    }
}
