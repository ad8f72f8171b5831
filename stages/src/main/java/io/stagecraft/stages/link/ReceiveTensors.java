package io.stagecraft.stages.link;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/// Receive buffers of one link in which whole activations have their place: the transport puts this
/// rank's slice where it belongs, the other ranks' slices are gathered around it, and layers read
/// the whole there.
///
/// A slice arrives at a fixed byte of its buffer, whatever the length of the activation; so the
/// activation begins the earlier, the more of it lies before the slice.
///
/// - Thread: the rank's compute thread; the transport writes [#windows].
public final class ReceiveTensors implements AutoCloseable {
    private final Backend backend;
    private final Storage storage;
    private final Extent extent;
    private final int num;

    /// Room for activations of at most `maxElements` elements, whose slice `rank` of `size`
    /// arrives.
    ///
    /// @param dtype of the elements
    record Extent(long maxElements, DType dtype, int rank, int size) {
        /// Bytes of one buffer.
        long bufferBytes() {
            long elements = maxElements + SliceBorders.slack(size);
            return TensorArena.roundUp(elements * dtype.sizeBytes());
        }

        /// Where in its buffer a slice arrives.
        long windowBytes() {
            return SliceBorders.from(maxElements, rank, size) * dtype.sizeBytes();
        }

        /// Where in its buffer an activation of `numElements` begins.
        long beginBytes(long numElements) {
            return windowBytes() - SliceBorders.from(numElements, rank, size) * dtype.sizeBytes();
        }
    }

    private ReceiveTensors(Backend backend, Extent extent, int num) {
        this.backend = backend;
        this.extent = extent;
        this.num = num;
        this.storage = backend.allocate(num * extent.bufferBytes());
    }

    /// Memory of `backend` for `num` activations of `links`, of which the slice of `group`'s rank
    /// arrives.
    ///
    /// - Errors: [UnsupportedOperationException] on a backend whose tensors the transport cannot
    ///   write, see [Backend#memory].
    public static ReceiveTensors allocate(Backend backend, LinkPlan links, int num, CollectiveGroup group) {
        return new ReceiveTensors(
                backend, new Extent(links.maxElements(), backend.dtype(), group.rank(), group.size()), num);
    }

    /// What the transport writes of each buffer: from the first byte of a slice to the buffer's
    /// end.
    public List<MemorySegment> windows() {
        return IntStream.range(0, num)
                .mapToObj(place -> buffer(place).asSlice(extent.windowBytes()))
                .toList();
    }

    /// The activation of `shape` around the slice that arrived in buffer `place`.
    Tensor whole(int place, Shape shape) {
        long begin = place * extent.bufferBytes() + extent.beginBytes(shape.numElements());
        return new Tensor(storage, begin, shape, extent.dtype());
    }

    /// Frees the memory, after the link is closed.
    @Override
    public void close() {
        storage.close();
    }

    private MemorySegment buffer(int place) {
        long bytes = extent.bufferBytes();
        long elements = bytes / extent.dtype().sizeBytes();
        return backend.memory(new Tensor(storage, place * bytes, Shape.of(elements), extent.dtype()));
    }
}
