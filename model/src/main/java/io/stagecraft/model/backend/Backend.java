package io.stagecraft.model.backend;

import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/// The only door to arithmetic. One instance belongs to one tensor-parallel rank.
///
/// Legend: `R` rows (sequences x positions, sequence-major), `C` columns, `T` positions, `H` local
/// heads, `D` head size, `V` local vocabulary.
///
/// - An operation may return before it has run; operations of one backend run in the order of their
///   calls. Only [#readable] and [#read] wait. Host arrays and segments given to a method may be
///   reused when it returns.
/// - Shapes are checked: [IllegalArgumentException] says operation, expected and got.
/// - Sums have a written order that depends on shapes only, so a repeated call gives the same bits.
/// - No operation allocates tensor memory or arrays once warm.
/// - Unless an operation says so, its output may not overlap its inputs.
/// - Thread: the rank's compute thread.
public interface Backend extends AutoCloseable {
    /// Elements of a block of [#sumOfSquares].
    int SQUARES_BLOCK = 1 << 13;

    /// Blocks of [#SQUARES_BLOCK] elements of a tensor of `numElements`; the last may be short.
    static long numBlocks(long numElements) {
        return (numElements + SQUARES_BLOCK - 1) / SQUARES_BLOCK;
    }

    /// One line for the operator: which libraries and kernels run, and why these.
    String describe();

    /// Type of weights, activations and gradients: [DType#FLOAT32], or [DType#FLOAT64] for the
    /// oracle.
    DType dtype();

    /// New zeroed memory. The caller owns it.
    Storage allocate(long sizeBytes);

    /// Runs the kernels of `groups` until they are as fast as they will be, unless that was done.
    /// Called before the first step; cheap on compiled backends.
    ///
    /// - Thread: an interrupt ends it early and stays set.
    void warmUp(Set<KernelGroup> groups);

    /// Frees what the backend itself holds. Storages stay their owners'.
    @Override
    void close();

    /// Copies `num` ints from `source[from]` on into `destination`, an INT32 tensor of `num`
    /// elements.
    void upload(int[] source, int from, Tensor destination);

    /// Copies the bytes of `source` into `destination`; sizes must be equal.
    void write(MemorySegment source, Tensor destination);

    /// Host memory with the bytes of `source`, read-only use; waits until they are there. Valid
    /// until the next call that writes `source` and, on a backend with its own memory, until the
    /// next call of this method.
    MemorySegment readable(Tensor source);

    /// The host memory that `tensor` lies in: what ranks of one JVM read and write of each other's
    /// tensors between two meetings, and where a transport puts what arrives.
    ///
    /// - Errors: [UnsupportedOperationException] on a backend with memory of its own.
    MemorySegment memory(Tensor tensor);

    /// Element `index` as a double; waits for it.
    double read(Tensor source, long index);

    /// `destination = source`, equal shapes and types.
    void copy(Tensor source, Tensor destination);

    /// `destination[i] = value`.
    void fill(Tensor destination, double value);

    /// `into[i] += source[i]`.
    void add(Tensor source, Tensor into);

    /// `x[i] *= factor`.
    void scale(Tensor x, double factor);

    /// `destination[i] = parts[0][i] (op) parts[1][i] (op) ...` in this order; `parts[p]` is host
    /// memory of `destination.sizeBytes()` bytes for `p < numParts`. `destination` may be one of
    /// the parts.
    void reduce(Reduction reduction, MemorySegment[] parts, int numParts, Tensor destination);

    /// As [#reduce], with the result in every part: how ranks that share memory all-reduce. The
    /// parts hold elements of `dtype`, as many in each.
    void reduceIntoAll(Reduction reduction, MemorySegment[] parts, int numParts, DType dtype);

    /// As [#reduce] with [Reduction#SUM], and of what it leaves in `destination` the `squares` that
    /// [#sumOfSquares] gives.
    void reduceSquares(MemorySegment[] parts, int numParts, Tensor destination, Tensor squares);

    /// `c = alpha op(a) op(b)`, then the epilogue. All three are matrices (rows x last dimension).
    void matmul(Matmul op, Tensor a, Tensor b, Tensor c, Epilogue epilogue);

    /// `c += alpha op(a) op(b)`: how weight gradients accumulate.
    void matmulAdd(Matmul op, Tensor a, Tensor b, Tensor c);

    /// `sum[c] += Σ_r x[r, c]`, rows in ascending order: bias gradients.
    void addColumnSums(Tensor x, Tensor sum);

    /// `y[r] = (x[r] - mean) * rstd * weight + bias`; writes mean and rstd of each row into
    /// `ln.statistics()` `[R, 2]`.
    void layerNorm(LayerNormOperands ln, Tensor y);

    /// `dX = residualGradient + d(layerNorm)/dx (dY)`, `dWeight += Σ_r dY * xhat`,
    /// `dBias += Σ_r dY`. `dX` may be `residualGradient` or `dY`.
    void layerNormBackward(
            LayerNormOperands ln, Tensor dY, Tensor residualGradient, LayerNormGradients gradients, Tensor dX);

    /// As the other, without a residual gradient.
    void layerNormBackward(LayerNormOperands ln, Tensor dY, LayerNormGradients gradients, Tensor dX);

    /// `out = residual + dropout(y + bias)`: the end of attention and of the MLP. `out` may be `y`
    /// or `residual`.
    void biasDropoutAdd(Tensor y, Tensor bias, Tensor residual, Dropout dropout, Tensor out);

    /// `dY = mask * dOut / (1 - p)` with the mask that the forward pass used. `dY` may be `dOut`.
    void dropoutBackward(Tensor dOut, Dropout dropout, Tensor dY);

    /// `dPre = dOut * gelu'(preactivation)`, `dBias += Σ_r dPre`. `dPre` may be `dOut`.
    /// `preactivation` includes the bias.
    void biasGeluBackward(Gelu gelu, Tensor dOut, Tensor preactivation, Tensor dPre, Tensor dBias);

    /// Self-attention of `H` local heads, of the positions that the mask of `spec` lets through.
    ///
    /// `qkv` is `[R, H * 3 * D]`, per head q, k, v (Megatron-LM's order since checkpoint
    /// version 2); `out` is `[R, H * D]`. `P = softmax(q kᵀ * scale)` over the mask's `j`, 0
    /// elsewhere, then dropout on `P`, then `P v`. `saved` has the shape [#attentionSavedShape]
    /// says.
    void attention(AttentionSpec spec, Tensor qkv, Tensor saved, Tensor out);

    /// What [#attention] keeps for [#attentionBackward], as elements of [#dtype].
    Shape attentionSavedShape(AttentionSpec spec);

    /// `dQkv` from `dOut`; overwrites `dQkv`.
    void attentionBackward(AttentionSpec spec, Tensor dOut, Tensor qkv, Tensor saved, Tensor dQkv);

    /// Causal self-attention of new positions over those that `cache` holds, which takes their keys
    /// and values in: `qkv` and `out` as for [#attention], rows of the new positions only. `cache`
    /// has `numSequences * 2 * H * capacity * D` elements in the order of
    /// [CachedAttentionSpec#place].
    void cachedAttention(CachedAttentionSpec spec, Tensor qkv, Tensor cache, Tensor out);

    /// `out[r] = table[ids[r] - firstRow]`, or zeros if that row is not in `table`. `ids` INT32
    /// `[R]`.
    void embedding(Tensor ids, Tensor table, long firstRow, Tensor out);

    /// `dTable[ids[r] - firstRow] += dOut[r]` for the rows that are in `dTable`, `r` ascending.
    void embeddingBackward(Tensor dOut, Tensor ids, long firstRow, Tensor dTable);

    /// `x[r] = dropout(x[r] + table[ids[r]])`: adds position embeddings in place.
    void addRowsDropout(Tensor ids, Tensor table, Dropout dropout, Tensor x);

    /// `max[r] = max_c logits[r, c]`.
    void rowMax(Tensor logits, Tensor max);

    /// In place `logits[r, c] = e^(logits[r, c] - max[r])`; `targetLogit[r]` is
    /// `logits[r, t] - max[r]` if column `t = targets[r] - firstColumn` is here, else 0;
    /// `sumExp[r] = Σ_c e^...`.
    void softmaxShard(VocabShard shard, Tensor max, Tensor targetLogit, Tensor sumExp);

    /// `lossSum += Σ_r weight[r] * (log sumExp[r] - targetLogit[r])` in double, `r` ascending;
    /// `lossSum` is FLOAT64 `[1]`.
    void addCrossEntropy(Tensor targetLogit, Tensor sumExp, Tensor weight, Tensor lossSum);

    /// In place, from what [#softmaxShard] left: `logits[r, c] = scale * weight[r] * (e[r, c] /
    /// sumExp[r] - [c == t])`.
    void crossEntropyBackward(VocabShard shard, Tensor sumExp, Tensor weight, double scale);

    /// `result[b] = Σ x[i]²` in double over the elements `i` of block `b`; `result` is FLOAT64 with
    /// [#numBlocks] elements. Whoever wants one sum adds them in ascending order.
    void sumOfSquares(Tensor x, Tensor result);

    /// One step of Adam with decoupled weight decay, all four tensors of equal length; see
    /// [AdamStep].
    void adam(AdamStep step, AdamTensors tensors);
}
