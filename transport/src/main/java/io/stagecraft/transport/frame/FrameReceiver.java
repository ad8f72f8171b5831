package io.stagecraft.transport.frame;

import io.aeron.Subscription;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.Header;
import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.LinkReceiver;
import io.stagecraft.transport.ReceiveBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.agrona.DirectBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receiving end of a link over an Aeron subscription. While no lease is free the frame that begins
/// a message stays in Aeron's log, and Aeron's flow control holds the sender back.
///
/// Threads: see [LinkReceiver].
public final class FrameReceiver implements LinkReceiver, PollAgent.Source, ControlledFragmentHandler {
    private static final Logger LOG = LoggerFactory.getLogger(FrameReceiver.class);
    /// Frames taken from one link before the next one has its turn.
    private static final int FRAMES_A_POLL = 8;

    private final LinkId link;
    private final Subscription subscription;
    private final LinkInbox inbox;
    private final FrameAssembler assembler;
    private final PollAgent agent;
    private final Runnable onClose;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final List<RuntimeException> failures = new ArrayList<>(1);

    /// Takes ownership of `subscription`; the poll thread is `agent`'s. Complete messages come to
    /// `inbox` from `assembler`. `onClose` runs once, before the end is closed.
    public FrameReceiver(
            LinkId link,
            Subscription subscription,
            FrameAssembler assembler,
            LinkInbox inbox,
            PollAgent agent,
            Runnable onClose) {
        this.link = link;
        this.subscription = subscription;
        this.inbox = inbox;
        this.assembler = assembler;
        this.agent = agent;
        this.onClose = onClose;
    }

    @Override
    public boolean hasArrival() {
        return inbox.hasArrival();
    }

    @Override
    public ReceiveBuffer take() {
        return inbox.take();
    }

    /// Frames that came in on this link's stream and were not of this run and link.
    public long numDropped() {
        return assembler.numDropped();
    }

    @Override
    public int poll() {
        int work = subscription.controlledPoll(this, FRAMES_A_POLL);
        if (!failures.isEmpty()) {
            throw failures.getFirst();
        }
        return work;
    }

    /// Part of [#poll]. Aeron swallows what a handler throws, so a failure is kept for [#poll] to
    /// throw.
    @Override
    public Action onFragment(DirectBuffer buffer, int offset, int length, Header header) {
        try {
            return switch (assembler.accept(buffer, offset, length)) {
                case TAKEN -> Action.CONTINUE;
                case NO_FREE_BUFFER -> Action.ABORT;
                case DROPPED -> afterDrop(header);
            };
        } catch (RuntimeException broken) {
            failures.add(broken);
            return Action.BREAK;
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            onClose.run();
            agent.remove(this);
            subscription.close();
        }
    }

    private Action afterDrop(Header header) {
        if (assembler.numDropped() == 1) {
            LOG.warn(
                    "{}: a frame on stream {} from Aeron session {} is not of this run; it and further ones are dropped",
                    link,
                    header.streamId(),
                    header.sessionId());
        }
        return Action.CONTINUE;
    }
}
