package io.stagecraft.transport.frame;

import io.stagecraft.transport.ReceiveBuffer;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/// The receive buffers of one link: a fixed number of leases on off-heap memory that the receiver
/// brought. The first free one is taken, so that a link whose messages are taken as they come uses
/// one buffer, which stays in the cache.
///
/// Threads: one thread (it fills the buffers: the poll thread, or that of a sender in this JVM)
/// asks for leases, any thread releases them.
public final class ReceiveBufferPool {
    private enum State {
        FREE,
        /// A sender in this JVM has copied a message into it, of which the receiver has not been
        /// told.
        PLACED,
        LEASED
    }

    private final Lease[] leases;
    private final AtomicInteger numFree;
    private final Runnable onRelease;

    /// A lease on each of `buffers`, which are off-heap, of equal size and borrowed. `onRelease`
    /// runs on the releasing thread after each release.
    public ReceiveBufferPool(List<MemorySegment> buffers, Runnable onRelease) {
        long bufferBytes = buffers.isEmpty() ? 0 : buffers.getFirst().byteSize();
        if (bufferBytes < 1
                || !buffers.stream().allMatch(buffer -> buffer.isNative() && buffer.byteSize() == bufferBytes)) {
            throw new IllegalArgumentException(
                    "a receive pool needs at least one buffer of one byte, all off-heap and of one size, got "
                            + buffers);
        }
        this.onRelease = onRelease;
        this.numFree = new AtomicInteger(buffers.size());
        this.leases = new Lease[buffers.size()];
        Arrays.setAll(leases, place -> new Lease(this, place, buffers.get(place)));
    }

    /// Whether [#acquire] has a lease to give. Stays true until the filling thread takes one.
    public boolean hasFree() {
        return numFree.get() > 0;
    }

    /// A free lease for a message of `lengthBytes`, which the caller fills and hands on. Throws
    /// [IllegalStateException] if none is free or the message is longer than a buffer.
    public Lease acquire(long step, int microbatch, long lengthBytes) {
        if (lengthBytes < 0 || lengthBytes > bufferBytes()) {
            throw new IllegalStateException(
                    "a receive buffer has %d bytes but the message of step %d, microbatch %d has %d"
                            .formatted(bufferBytes(), step, microbatch, lengthBytes));
        }
        for (Lease lease : leases) {
            if (lease.tryBegin(step, microbatch, lengthBytes)) {
                numFree.decrementAndGet();
                return lease;
            }
        }
        throw new IllegalStateException("no receive buffer is free of " + leases.length + "; ask hasFree first");
    }

    /// The lease number `place`, into which a sender in this JVM copied the message `header`, for
    /// the receiver. Throws [IllegalStateException] if there is no such message in it.
    Lease placed(int place, MessageHeader header) {
        if (place < 0 || place >= leases.length || !leases[place].tryArrive(header)) {
            throw new IllegalStateException("the message is said to be in buffer %d of %d, which has no such message"
                    .formatted(place, leases.length));
        }
        return leases[place];
    }

    /// Number of leases, free or not.
    public int numBuffers() {
        return leases.length;
    }

    /// Size of one buffer in bytes.
    public long bufferBytes() {
        return leases[0].memory.byteSize();
    }

    /// One buffer, leased or free.
    public static final class Lease implements ReceiveBuffer {
        private final ReceiveBufferPool pool;
        private final int place;
        private final MemorySegment memory;
        private final AtomicReference<State> state = new AtomicReference<>(State.FREE);
        private MemorySegment payload = MemorySegment.NULL;
        private long step;
        private int microbatch;

        private Lease(ReceiveBufferPool pool, int place, MemorySegment memory) {
            this.pool = pool;
            this.place = place;
            this.memory = memory;
        }

        private boolean tryBegin(long step, int microbatch, long lengthBytes) {
            if (!state.compareAndSet(State.FREE, State.LEASED)) {
                return false;
            }
            this.step = step;
            this.microbatch = microbatch;
            this.payload = memory.asSlice(0, lengthBytes);
            return true;
        }

        /// The message has been copied in, on the way to [ReceiveBufferPool#placed].
        void endCopy() {
            state.set(State.PLACED);
        }

        /// The receiver is told of the message. Returns whether there was one that it had not been
        /// told of.
        public boolean arrive() {
            return state.compareAndSet(State.PLACED, State.LEASED);
        }

        private boolean tryArrive(MessageHeader header) {
            return state.get() == State.PLACED
                    && step == header.step()
                    && microbatch == header.microbatch()
                    && payload.byteSize() == header.lengthBytes()
                    && arrive();
        }

        @Override
        public long step() {
            return step;
        }

        @Override
        public int microbatch() {
            return microbatch;
        }

        @Override
        public int place() {
            return place;
        }

        @Override
        public MemorySegment payload() {
            if (state.get() == State.FREE) {
                throw new IllegalStateException("receive buffer of step %d, microbatch %d was read after its release"
                        .formatted(step, microbatch));
            }
            return payload;
        }

        @Override
        public void release() {
            if (!state.compareAndSet(State.LEASED, State.FREE)) {
                throw new IllegalStateException(
                        "receive buffer of step %d, microbatch %d was released twice".formatted(step, microbatch));
            }
            pool.numFree.incrementAndGet();
            pool.onRelease.run();
        }
    }
}
