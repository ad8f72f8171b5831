package io.stagecraft.stages.link;

import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.transport.LinkReceiver;
import io.stagecraft.transport.ReceiveBuffer;

/// Receives this tensor rank's slice of an activation (or of its gradient) and gathers the other
/// slices from the ranks of its group. The activation stays where it arrived until its reader gives
/// it back.
///
/// - Thread: the rank's compute thread.
public final class ActivationReceiver implements AutoCloseable {
    private final LinkReceiver link;
    private final ReceiveTensors tensors;
    private final CollectiveGroup group;

    /// Takes ownership of `link`, which receives in the windows of `tensors`; borrows the others.
    public ActivationReceiver(LinkReceiver link, ReceiveTensors tensors, CollectiveGroup group) {
        this.link = link;
        this.tensors = tensors;
        this.group = group;
    }

    /// An activation in a receive buffer.
    ///
    /// @param x whole on every rank of the group, the reader's to read and write
    /// @param lease the buffer
    public record Arrival(Tensor x, ReceiveBuffer lease) {
        /// Gives the buffer back, once: another activation may overwrite `x`.
        public void release() {
            lease.release();
        }
    }

    /// Whether [#receive] has a message.
    public boolean hasArrival() {
        return link.hasArrival();
    }

    /// The next activation, which has `shape`. Blocks until the group's ranks have theirs.
    ///
    /// - Errors: [IllegalStateException] if the message is not the one of `step` and `microbatch`,
    ///   or has another length.
    public Arrival receive(long step, int microbatch, Shape shape) {
        ReceiveBuffer lease = link.take();
        Tensor x = tensors.whole(lease.place(), shape);
        long sliceElements = SliceBorders.length(x.numElements(), group.rank(), group.size());
        try {
            check(lease, step, microbatch, sliceElements * x.dtype().sizeBytes());
        } catch (IllegalStateException unexpected) {
            lease.release();
            throw unexpected;
        }
        group.gatherSlices(x);
        return new Arrival(x, lease);
    }

    /// Closes the link, also if activations were not given back: nothing is written to them any
    /// more.
    @Override
    public void close() {
        link.close();
    }

    private static void check(ReceiveBuffer lease, long step, int microbatch, long sizeBytes) {
        if (lease.step() != step || lease.microbatch() != microbatch) {
            throw new IllegalStateException("receiving an activation: expected step " + step + ", microbatch "
                    + microbatch + ", got step " + lease.step() + ", microbatch " + lease.microbatch()
                    + "; the two stages walk different lists: same configuration on both sides?");
        }
        if (lease.payload().byteSize() != sizeBytes) {
            throw new IllegalStateException("receiving an activation: step " + step + ", microbatch " + microbatch
                    + ": expected " + sizeBytes + " bytes, got "
                    + lease.payload().byteSize()
                    + "; the two stages cut activations differently: same configuration on both sides?");
        }
    }
}
