package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;

/// The shape and type rules of [Backend]'s operations, one method an operation, so that every
/// backend refuses the same calls with the same words.
///
/// A matrix is rows x last dimension; a vector is any tensor of that many elements.
///
/// - Errors: [IllegalArgumentException] naming operation, operand, expected and got.
public final class OperandChecks {
    private final DType dtype;

    /// Rules of a backend whose weights and activations are of `dtype`.
    public OperandChecks(DType dtype) {
        if (dtype != DType.FLOAT32 && dtype != DType.FLOAT64) {
            throw new IllegalArgumentException("a backend computes in FLOAT32 or FLOAT64 but is asked for " + dtype);
        }
        this.dtype = dtype;
    }

    /// Rule of [Backend#copy], [Backend#add]: equal shapes and types.
    public void equal(String operation, Tensor source, Tensor destination) {
        if (!source.shape().equals(destination.shape()) || source.dtype() != destination.dtype()) {
            throw wrong(operation, "destination", source.toString(), destination);
        }
    }

    /// Rule of [Backend#upload].
    public void upload(int from, int numInts, Tensor destination) {
        if (destination.dtype() != DType.INT32 || from < 0 || from + destination.numElements() > numInts) {
            throw wrong("upload", "destination", "INT32 with at most " + (numInts - from) + " elements", destination);
        }
    }

    /// Rule of [Backend#write] and of each part of [Backend#reduce].
    public void bytes(String operation, long sizeBytes, Tensor tensor) {
        if (sizeBytes != tensor.sizeBytes()) {
            throw wrong(operation, "tensor", "of " + sizeBytes + " bytes", tensor);
        }
    }

    /// Rule of [Backend#reduceIntoAll].
    public void parts(long sizeBytes, int part, long partBytes) {
        if (sizeBytes != partBytes) {
            throw new IllegalArgumentException("reduceIntoAll: expected parts of equal size but part 0 has " + sizeBytes
                    + " bytes and part " + part + " has " + partBytes);
        }
    }

    /// Rule of [Backend#matmul] and, with [Epilogue#NONE], of [Backend#matmulAdd].
    public void matmul(Matmul op, Tensor a, Tensor b, Tensor c, Epilogue epilogue) {
        long m = op.aTransposed() ? a.shape().last() : a.shape().rows();
        long k = op.aTransposed() ? a.shape().rows() : a.shape().last();
        long n = op.bTransposed() ? b.shape().rows() : b.shape().last();
        matrix("matmul", "a", a, a.shape().rows(), a.shape().last());
        matrix("matmul", "b", b, op.bTransposed() ? n : k, op.bTransposed() ? k : n);
        matrix("matmul", "c", c, m, n);
        switch (epilogue) {
            case Epilogue.None() -> {}
            case Epilogue.AddBias(Tensor bias) -> vector("matmul", "bias", bias, n);
            case Epilogue.AddBiasGelu(Tensor bias, Gelu _, Tensor activated) -> {
                vector("matmul", "bias", bias, n);
                matrix("matmul", "activated", activated, m, n);
            }
        }
    }

    /// Rule of [Backend#addColumnSums].
    public void addColumnSums(Tensor x, Tensor sum) {
        like("addColumnSums", "x", x, x);
        vector("addColumnSums", "sum", sum, x.shape().last());
    }

    /// Rule of [Backend#layerNorm].
    public void layerNorm(LayerNormOperands ln, Tensor y) {
        long columns = ln.x().shape().last();
        like("layerNorm", "y", y, ln.x());
        vector("layerNorm", "weight", ln.weight(), columns);
        vector("layerNorm", "bias", ln.bias(), columns);
        matrix("layerNorm", "statistics", ln.statistics(), ln.x().shape().rows(), 2);
    }

    /// Rule of [Backend#layerNormBackward]; `residualGradient` is `dY` where there is none.
    public void layerNormBackward(
            LayerNormOperands ln, Tensor dY, Tensor residualGradient, LayerNormGradients gradients, Tensor dX) {
        layerNorm(ln, dY);
        like("layerNormBackward", "residualGradient", residualGradient, ln.x());
        like("layerNormBackward", "dX", dX, ln.x());
        vector(
                "layerNormBackward",
                "dWeight",
                gradients.dWeight(),
                ln.x().shape().last());
        vector("layerNormBackward", "dBias", gradients.dBias(), ln.x().shape().last());
    }

    /// Rule of [Backend#biasDropoutAdd].
    public void biasDropoutAdd(Tensor y, Tensor bias, Tensor residual, Dropout dropout, Tensor out) {
        vector("biasDropoutAdd", "bias", bias, y.shape().last());
        like("biasDropoutAdd", "residual", residual, y);
        like("biasDropoutAdd", "out", out, y);
        dropout("biasDropoutAdd", y, dropout);
    }

    /// Rule of [Backend#dropoutBackward].
    public void dropoutBackward(Tensor dOut, Dropout dropout, Tensor dY) {
        like("dropoutBackward", "dY", dY, dOut);
        dropout("dropoutBackward", dOut, dropout);
    }

    /// Rule of [Backend#biasGeluBackward].
    public void biasGeluBackward(Tensor dOut, Tensor preactivation, Tensor dPre, Tensor dBias) {
        like("biasGeluBackward", "preactivation", preactivation, dOut);
        like("biasGeluBackward", "dPre", dPre, dOut);
        vector("biasGeluBackward", "dBias", dBias, dOut.shape().last());
    }

    /// Rule of [Backend#attention]; `savedElements` is the size of [Backend#attentionSavedShape].
    public void attention(AttentionSpec spec, Tensor qkv, Tensor saved, long savedElements, Tensor out) {
        long channels = (long) spec.numHeads() * spec.headSize();
        matrix("attention", "qkv", qkv, spec.rows(), 3 * channels);
        matrix("attention", "out", out, spec.rows(), channels);
        vector("attention", "saved", saved, savedElements);
        if (spec.mask() instanceof AttentionMask.Documents(Tensor starts)) {
            ids("attention", "starts", starts, spec.rows());
        }
    }

    /// Rule of [Backend#cachedAttention].
    public void cachedAttention(CachedAttentionSpec spec, Tensor qkv, Tensor cache, Tensor out) {
        long channels = (long) spec.numHeads() * spec.headSize();
        matrix("cachedAttention", "qkv", qkv, spec.rows(), 3 * channels);
        matrix("cachedAttention", "out", out, spec.rows(), channels);
        vector("cachedAttention", "cache", cache, spec.numSequences() * 2 * channels * spec.capacity());
    }

    /// Rule of [Backend#embedding] and [Backend#embeddingBackward].
    public void embedding(String operation, Tensor ids, Tensor table, Tensor rows) {
        ids(operation, "ids", ids, rows.shape().rows());
        matrix(operation, "rows", rows, rows.shape().rows(), table.shape().last());
        matrix(operation, "table", table, table.shape().rows(), table.shape().last());
    }

    /// Rule of [Backend#addRowsDropout].
    public void addRowsDropout(Tensor ids, Tensor table, Dropout dropout, Tensor x) {
        embedding("addRowsDropout", ids, table, x);
        dropout("addRowsDropout", x, dropout);
    }

    /// Rule of [Backend#rowMax].
    public void rowMax(Tensor logits, Tensor max) {
        like("rowMax", "logits", logits, logits);
        vector("rowMax", "max", max, logits.shape().rows());
    }

    /// Rule of [Backend#softmaxShard] and [Backend#crossEntropyBackward]: `perRow` has an element a
    /// row.
    public void vocabShard(String operation, VocabShard shard, String name, Tensor perRow) {
        long rows = shard.logits().shape().rows();
        like(operation, "logits", shard.logits(), shard.logits());
        ids(operation, "targets", shard.targets(), rows);
        vector(operation, name, perRow, rows);
    }

    /// Rule of [Backend#addCrossEntropy].
    public void addCrossEntropy(Tensor targetLogit, Tensor sumExp, Tensor weight, Tensor lossSum) {
        vector("addCrossEntropy", "targetLogit", targetLogit, weight.numElements());
        vector("addCrossEntropy", "sumExp", sumExp, weight.numElements());
        vector("addCrossEntropy", "weight", weight, weight.numElements());
        scalar("addCrossEntropy", "lossSum", lossSum);
    }

    /// Rule of [Backend#sumOfSquares] and, for what it leaves, of [Backend#reduceSquares].
    public void sumOfSquares(Tensor x, Tensor result) {
        like("sumOfSquares", "x", x, x);
        long numBlocks = Backend.numBlocks(x.numElements());
        if (result.dtype() != DType.FLOAT64 || result.numElements() != numBlocks) {
            throw wrong("sumOfSquares", "result", "FLOAT64 with " + numBlocks + " elements", result);
        }
    }

    /// Rule of [Backend#adam].
    public void adam(AdamTensors tensors) {
        long n = tensors.weight().numElements();
        vector("adam", "weight", tensors.weight(), n);
        vector("adam", "gradient", tensors.gradient(), n);
        vector("adam", "firstMoment", tensors.firstMoment(), n);
        vector("adam", "secondMoment", tensors.secondMoment(), n);
    }

    private void like(String operation, String name, Tensor tensor, Tensor other) {
        matrix(operation, name, tensor, other.shape().rows(), other.shape().last());
    }

    private void matrix(String operation, String name, Tensor tensor, long rows, long columns) {
        if (tensor.dtype() != dtype
                || tensor.shape().rows() != rows
                || tensor.shape().last() != columns) {
            throw wrong(operation, name, dtype + " with " + rows + " rows of " + columns, tensor);
        }
    }

    private void vector(String operation, String name, Tensor tensor, long numElements) {
        if (tensor.dtype() != dtype || tensor.numElements() != numElements) {
            throw wrong(operation, name, dtype + " with " + numElements + " elements", tensor);
        }
    }

    private void dropout(String operation, Tensor x, Dropout dropout) {
        if (dropout.active() && x.shape().rows() % dropout.numPositions() != 0) {
            throw wrong(operation, "x", "with a multiple of " + dropout.numPositions() + " rows", x);
        }
    }

    private static void ids(String operation, String name, Tensor tensor, long numElements) {
        if (tensor.dtype() != DType.INT32 || tensor.numElements() != numElements) {
            throw wrong(operation, name, "INT32 with " + numElements + " elements", tensor);
        }
    }

    private static void scalar(String operation, String name, Tensor tensor) {
        if (tensor.dtype() != DType.FLOAT64 || tensor.numElements() != 1) {
            throw wrong(operation, name, "FLOAT64[1]", tensor);
        }
    }

    private static IllegalArgumentException wrong(String operation, String name, String expected, Tensor got) {
        return new IllegalArgumentException(operation + ": " + name + " must be " + expected + " but is " + got);
    }
}
