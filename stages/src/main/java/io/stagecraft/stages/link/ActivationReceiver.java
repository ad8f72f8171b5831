package io.stagecraft.stages.link;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.transport.LinkReceiver;
import io.stagecraft.transport.ReceiveBuffer;

/// Receives this tensor rank's slice of an activation (or of its gradient) and gathers the other slices
/// from the ranks of its group.
///
/// - Thread: the rank's compute thread.
public final class ActivationReceiver implements AutoCloseable {
    private final Backend backend;
    private final LinkReceiver link;
    private final CollectiveGroup group;

    /// Takes ownership of `link`; borrows the others.
    public ActivationReceiver(Backend backend, LinkReceiver link, CollectiveGroup group) {
        this.backend = backend;
        this.link = link;
        this.group = group;
    }

    /// Whether [#receive] has a message.
    public boolean hasArrival() {
        return link.hasArrival();
    }

    /// Writes the next activation into `x`, whole on every rank of the group. Blocks until the group's
    /// ranks have theirs.
    ///
    /// - Errors: [IllegalStateException] if the message is not the one of `step` and `microbatch`, or has
    ///   another length.
    public void receive(long step, int microbatch, Tensor x) {
        Tensor slice = x.slice(
                SliceBorders.from(x.numElements(), group.rank(), group.size()),
                SliceBorders.length(x.numElements(), group.rank(), group.size()));
        ReceiveBuffer lease = link.take();
        try {
            check(lease, step, microbatch, slice.sizeBytes());
            backend.write(lease.payload(), slice);
        } finally {
            lease.release();
        }
        group.gatherSlices(x);
    }

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
