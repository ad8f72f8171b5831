package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// Keys and values of the positions that a batch of sequences has behind it, on one tensor rank:
/// allocated once, written by [SelfAttention].
///
/// Each layer has `[sequences, 2, H, positions, D]`, so that the positions of one head of one
/// sequence lie one behind another.
///
/// - Thread: the rank's compute thread.
/// - Source: Megatron-LM, inference parameters.
public final class KeyValueCache implements AutoCloseable {
    /// How large a cache is.
    ///
    /// @param firstLayer global number of the rank's first transformer layer
    /// @param numLayers transformer layers of the rank, at least 0
    /// @param numSequences sequences
    /// @param numPositions positions of each
    /// @param numHeads heads of the rank
    /// @param headSize channels of a head
    public record Extent(
            int firstLayer, int numLayers, int numSequences, int numPositions, int numHeads, int headSize) {
        /// Elements of one sequence of one layer.
        long sequenceElements() {
            return 2L * numHeads * numPositions * headSize;
        }

        long layerElements() {
            return Math.multiplyExact(sequenceElements(), (long) numSequences);
        }

        /// Room in which [KeyValueCache#reorder] keeps a layer meanwhile; one sequence has no other
        /// order.
        private int numSpareLayers() {
            return numSequences > 1 ? 1 : 0;
        }

        /// Bytes of a cache of this extent with elements of `dtype`.
        public long bytes(DType dtype) {
            return Math.multiplyExact(layerElements() * dtype.sizeBytes(), (long) numLayers + numSpareLayers());
        }
    }

    private final Backend backend;
    private final Extent extent;
    private final Storage storage;

    /// Allocates a cache of `extent`.
    public KeyValueCache(Backend backend, Extent extent) {
        this.backend = backend;
        this.extent = extent;
        storage = backend.allocate(Math.max(TensorArena.ALIGNMENT_BYTES, extent.bytes(backend.dtype())));
    }

    /// Positions of a sequence that there is room for.
    public int capacity() {
        return extent.numPositions();
    }

    /// Sequences that there is room for.
    public int numSequences() {
        return extent.numSequences();
    }

    /// Keys and values of layer `layer` for sequences `[firstSequence, firstSequence + num)`.
    ///
    /// - Errors: [IllegalArgumentException] if the rank has no such layer or the cache no such
    ///   sequences.
    public Tensor of(int layer, int firstSequence, int num) {
        int local = layer - extent.firstLayer();
        if (local < 0 || local >= extent.numLayers() || firstSequence < 0 || num > numSequences() - firstSequence) {
            throw new IllegalArgumentException("a cache for " + extent + " has no layer " + layer + " with sequences ["
                    + firstSequence + ", " + ((long) firstSequence + num) + ")");
        }
        return sequences(local, firstSequence, num);
    }

    /// Sequence `i` becomes what sequence `origins[i]` was, in its first `numPositions` positions:
    /// how beams go on from one another.
    ///
    /// - Errors: [IllegalArgumentException] for an origin or a number of positions that the cache
    ///   has not.
    public void reorder(int[] origins, int numPositions) {
        if (origins.length > numSequences() || numPositions > capacity()) {
            throw new IllegalArgumentException("a cache for " + extent + " cannot order " + origins.length
                    + " sequences of " + numPositions + " positions");
        }
        for (int layer = 0; layer < extent.numLayers(); layer++) {
            for (int i = 0; i < origins.length; i++) {
                if (origins[i] != i) {
                    copy(of(layer + extent.firstLayer(), origins[i], 1), spare(i), numPositions);
                }
            }
            for (int i = 0; i < origins.length; i++) {
                if (origins[i] != i) {
                    copy(spare(i), sequences(layer, i, 1), numPositions);
                }
            }
        }
    }

    private Tensor spare(int sequence) {
        return sequences(extent.numLayers(), sequence, 1);
    }

    private Tensor sequences(int place, int first, int num) {
        long from = place * extent.layerElements() + first * extent.sequenceElements();
        return new Tensor(
                storage,
                from * backend.dtype().sizeBytes(),
                Shape.of(num * extent.sequenceElements()),
                backend.dtype());
    }

    private void copy(Tensor source, Tensor destination, int numPositions) {
        long block = (long) capacity() * extent.headSize();
        long used = (long) numPositions * extent.headSize();
        for (int head = 0; head < 2 * extent.numHeads(); head++) {
            backend.copy(source.slice(head * block, used), destination.slice(head * block, used));
        }
    }

    @Override
    public void close() {
        storage.close();
    }
}
