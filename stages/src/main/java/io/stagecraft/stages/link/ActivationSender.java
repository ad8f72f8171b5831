package io.stagecraft.stages.link;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.transport.LinkSender;
import io.stagecraft.transport.PatientSender;
import io.stagecraft.transport.Waiter;

/// Sends this tensor rank's slice of an activation (or of its gradient) to the neighbouring stage.
///
/// - Thread: the rank's compute thread; a send under back pressure blocks it until there is room or
///   the run is aborted.
public final class ActivationSender implements AutoCloseable {
    private final Backend backend;
    private final PatientSender link;
    private final int tensorRank;
    private final int tensorSize;
    private long nanos;

    /// Takes ownership of `link`; borrows the others.
    public ActivationSender(Backend backend, LinkSender link, Waiter waiter, CollectiveGroup group) {
        this.backend = backend;
        this.link = new PatientSender(link, waiter);
        this.tensorRank = group.rank();
        this.tensorSize = group.size();
    }

    /// Returns when the slice of `x` is on its way: `x` may then be written again.
    ///
    /// - Errors: [IllegalStateException] if the link is closed.
    public void send(long step, int microbatch, Tensor x) {
        long start = System.nanoTime();
        Tensor slice = x.slice(
                SliceBorders.from(x.numElements(), tensorRank, tensorSize),
                SliceBorders.length(x.numElements(), tensorRank, tensorSize));
        link.send(step, microbatch, backend.readable(slice));
        nanos += System.nanoTime() - start;
    }

    /// Wall time inside [#send] since the last call.
    public long takeNanos() {
        long taken = nanos;
        nanos = 0;
        return taken;
    }

    @Override
    public void close() {
        link.close();
    }
}
