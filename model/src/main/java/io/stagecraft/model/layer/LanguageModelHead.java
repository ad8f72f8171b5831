package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;
import java.util.stream.Stream;

/// Final layer normalization, projection on the vocabulary and cross-entropy.
///
/// Legend: `R` rows, `h` hidden, `V / P` this rank's columns of the padded vocabulary.
///
/// Works through the rows in chunks: logits of a chunk, loss, gradient of its logits, its rows of
/// dX and its part of dW, then the next chunk in the same memory. What is kept is the statistics of
/// the normalization and the `[R, h]` gradient of the normalized rows, which is summed over the
/// tensor ranks once, in backward.
///
/// - Thread: the rank's compute thread.
/// - Source: Shoeybi et al., arXiv:1909.08053, section 3.
public final class LanguageModelHead implements LossHead {
    /// Fewer rows a chunk would make the projection a product of thin matrices.
    private static final long MIN_CHUNK_ROWS = 128;

    private static final long CHUNK_BYTES = 4L << 20;

    private final Backend backend;
    private final TensorParallelGroup group;
    private final LayerNorm norm;
    private final Parameter weight;
    private final VocabParallelCrossEntropy crossEntropy;

    /// A head with this rank's rows of `weight`, `[V / P, h]`.
    public LanguageModelHead(Backend backend, TensorParallelGroup group, LayerNorm norm, Parameter weight) {
        this.backend = backend;
        this.group = group;
        this.norm = norm;
        this.weight = weight;
        crossEntropy = new VocabParallelCrossEntropy(backend, group);
    }

    @Override
    public LossPass forward(Tensor x, ForwardContext context) {
        TensorArena arena = context.arena();
        Tensor lossSum = arena.allocate(DType.FLOAT64, Shape.of(1));
        backend.fill(lossSum, 0);
        return switch (context.mode()) {
            case TRAINING -> train(x, lossSum, context);
            case EVALUATION -> {
                evaluate(x, lossSum, context);
                yield new EvaluatedLoss(lossSum);
            }
        };
    }

    private LossPass train(Tensor x, Tensor lossSum, ForwardContext context) {
        TensorArena arena = context.arena();
        long rows = x.shape().rows();
        Tensor statistics = arena.allocate(x.dtype(), Shape.of(rows, 2));
        Tensor dNormalized = arena.allocate(x.dtype(), x.shape()); // [R, h]
        long mark = arena.mark();
        long chunkRows = chunkRows(rows);
        for (long from = 0; from < rows; from += chunkRows) {
            var chunk = new Chunk(from, Math.min(chunkRows, rows - from), context);
            chunk.forward(x, chunk.of(statistics), lossSum);
            chunk.backward(chunk.of(dNormalized));
            arena.reset(mark);
        }
        return new TrainedLoss(x, statistics, dNormalized, lossSum, context);
    }

    private void evaluate(Tensor x, Tensor lossSum, ForwardContext context) {
        TensorArena arena = context.arena();
        long mark = arena.mark();
        long rows = x.shape().rows();
        long chunkRows = chunkRows(rows);
        for (long from = 0; from < rows; from += chunkRows) {
            var chunk = new Chunk(from, Math.min(chunkRows, rows - from), context);
            chunk.forward(x, arena.allocate(x.dtype(), Shape.of(chunk.num, 2)), lossSum);
            arena.reset(mark);
        }
    }

    /// Depends on shapes only, so that sums are made of the same parts in every run.
    private long chunkRows(long rows) {
        long rowBytes = weight.value().shape().d0() * weight.value().dtype().sizeBytes();
        return Math.min(rows, Math.max(MIN_CHUNK_ROWS, CHUNK_BYTES / rowBytes));
    }

    @Override
    public Tensor logits(Tensor x, ForwardContext context) {
        TensorArena arena = context.arena();
        Tensor logits = arena.allocate(x.dtype(), logitsShape(x.shape().rows()));
        long mark = arena.mark();
        Tensor normalized = norm.forward(norm.operands(x, arena), arena);
        project(normalized, logits);
        arena.reset(mark);
        return logits;
    }

    private void project(Tensor normalized, Tensor logits) {
        backend.matmul(Matmul.transposeB(), normalized, weight.value(), logits, Epilogue.NONE);
    }

    private Shape logitsShape(long rows) {
        return Shape.of(rows, weight.value().shape().d0());
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(norm.parameters().stream(), Stream.of(weight)).toList();
    }

    /// Rows `[from, from + num)` of a microbatch on their way through the head.
    private final class Chunk {
        private final long from;
        private final long num;
        private final ForwardContext context;
        private final Tensor lossWeights;
        private final VocabShard shard;
        private final VocabParallelCrossEntropy.RowSums sums;
        private final Tensor normalized;

        Chunk(long from, long num, ForwardContext context) {
            this.from = from;
            this.num = num;
            this.context = context;
            TensorArena arena = context.arena();
            lossWeights = context.lossWeights().slice(from, num);
            Tensor logits = arena.allocate(backend.dtype(), logitsShape(num));
            long firstColumn = group.rank() * weight.value().shape().d0();
            shard = new VocabShard(logits, context.targets().slice(from, num), firstColumn);
            sums = crossEntropy.allocate(num, arena);
            normalized = arena.allocate(
                    backend.dtype(), Shape.of(num, weight.value().shape().d1()));
        }

        Tensor of(Tensor rows) {
            return rows.rows(from, num);
        }

        void forward(Tensor x, Tensor statistics, Tensor lossSum) {
            backend.layerNorm(norm.operands(of(x), statistics), normalized);
            project(normalized, shard.logits());
            crossEntropy.forward(shard, lossWeights, sums, lossSum);
        }

        void backward(Tensor dNormalized) {
            crossEntropy.backward(shard, lossWeights, sums, context.lossScale());
            backend.matmul(Matmul.plain(), shard.logits(), weight.value(), dNormalized, Epilogue.NONE);
            weight.gradientSum().addProduct(shard.logits(), normalized);
        }
    }

    private record EvaluatedLoss(Tensor lossSum) implements LossPass {
        @Override
        public Tensor backwardInput() {
            throw new IllegalStateException("a loss in evaluation has no gradient; forward in TRAINING first");
        }

        @Override
        public void backwardWeight() {
            throw new IllegalStateException("a loss in evaluation has no gradient; forward in TRAINING first");
        }
    }

    private final class TrainedLoss implements LossPass {
        private final Tensor x;
        private final Tensor statistics;
        private final Tensor dNormalized;
        private final Tensor lossSum;
        private final ForwardContext context;

        TrainedLoss(Tensor x, Tensor statistics, Tensor dNormalized, Tensor lossSum, ForwardContext context) {
            this.x = x;
            this.statistics = statistics;
            this.dNormalized = dNormalized;
            this.lossSum = lossSum;
            this.context = context;
        }

        @Override
        public Tensor lossSum() {
            return lossSum;
        }

        @Override
        public Tensor backwardInput() {
            group.allReduceSum(dNormalized); // f
            Tensor dX = context.gradients().allocate(x.dtype(), x.shape());
            norm.backward(norm.operands(x, statistics), dNormalized, dX);
            return dX;
        }

        @Override
        public void backwardWeight() {
            // the projection's gradient was added chunk by chunk, the normalization's in backwardInput
        }
    }
}
