package io.stagecraft.model.optimizer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// Squared norms of one rank's gradients, one a parameter, so that whoever adds those of all ranks
/// can do it in the model's order: parameter by parameter, within one in ascending tensor rank.
///
/// Each is the sum of those of its blocks, in ascending order: see [Backend#sumOfSquares]. The
/// blocks' may come from here or, for gradients of which every replica sums a part, from the
/// replicas.
///
/// A parameter that is whole on every tensor rank counts on rank 0 only; the last stage's copy of a
/// tied embedding does not count (Megatron-LM).
///
/// - Thread: the rank's compute thread.
public final class GradientNorm implements AutoCloseable {
    private final Backend backend;
    private final List<Parameter> parameters;
    private final boolean[] counts;
    private final long[] firstBlocks;
    private final long[] endBlocks;
    private final Storage storage;
    private final Tensor blocks;

    /// Norms of the gradients of `parameters` that are trained in their own right. The caller
    /// closes it.
    public GradientNorm(Backend backend, TensorParallelGroup group, List<Parameter> parameters) {
        this.backend = backend;
        this.parameters = parameters.stream()
                .filter(parameter -> parameter.role() == Parameter.Role.OWN)
                .toList();
        counts = new boolean[this.parameters.size()];
        firstBlocks = new long[counts.length];
        endBlocks = new long[counts.length];
        long numBlocks = 0;
        for (int i : inMemoryOrder(this.parameters)) {
            Parameter parameter = this.parameters.get(i);
            counts[i] = parameter.partition().countsOnRank(group.rank());
            firstBlocks[i] = numBlocks;
            numBlocks += counts[i] ? Backend.numBlocks(parameter.gradient().numElements()) : 0;
            endBlocks[i] = numBlocks;
        }
        storage = backend.allocate(Math.max(1, numBlocks) * Double.BYTES);
        blocks = new Tensor(storage, 0, Shape.of(numBlocks), DType.FLOAT64);
    }

    private static int[] inMemoryOrder(List<Parameter> parameters) {
        return IntStream.range(0, parameters.size())
                .boxed()
                .sorted(Comparator.comparingLong(
                        i -> parameters.get(i).gradient().offsetBytes()))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /// The parameters that count somewhere, in the model's order: what the elements of [#squares]
    /// mean.
    public List<Parameter> parameters() {
        return parameters;
    }

    /// Squared norms of all blocks of the parameters that count on this rank, one parameter after
    /// another in the order in which their gradients lie in memory.
    public Tensor blocks() {
        return blocks;
    }

    /// Where the blocks of element `first` and those behind it of parameter `i` begin in [#blocks];
    /// `first` is a multiple of [Backend#SQUARES_BLOCK] or the number of elements. Those of a
    /// parameter that does not count are none.
    public long firstBlock(int i, long first) {
        return Math.min(firstBlocks[i] + Backend.numBlocks(first), endBlocks[i]);
    }

    /// Computes [#blocks] from the gradients as they are.
    public void measure() {
        for (int i = 0; i < counts.length; i++) {
            if (counts[i]) {
                Tensor own = blocks.slice(firstBlocks[i], endBlocks[i] - firstBlocks[i]);
                backend.sumOfSquares(parameters.get(i).gradient(), own);
            }
        }
    }

    /// `into[i]` = squared norm of the gradient of parameter `i` on this rank, or 0 if another rank
    /// counts it: the sums of what is in [#blocks]. Waits for it.
    public void squares(double[] into) {
        MemorySegment sums = backend.readable(blocks);
        for (int i = 0; i < counts.length; i++) {
            double sum = 0;
            for (long block = firstBlocks[i]; block < endBlocks[i]; block++) {
                sum += sums.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, block);
            }
            into[i] = sum;
        }
    }

    /// Frees the memory of the results.
    @Override
    public void close() {
        storage.close();
    }
}
