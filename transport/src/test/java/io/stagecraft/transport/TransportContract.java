package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What every [Transport] keeps, whatever carries the bytes.
@Timeout(60)
abstract class TransportContract {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final long MAX_MESSAGE_BYTES = 3 * 1024 * 1024;
    private static final int NUM_LINKS = 16;
    private static final LinkId LINK = new LinkId(0, "test link");

    final AbortSignal signal = new AbortSignal();
    final Waiter waiter = new Waiter(signal, WaitStyle.PARK);
    private final Arena arena = Arena.ofShared();
    private Transport transport = new LoopbackTransport();

    /// A transport with room for `numLinks` links that aborts `signal` on failure.
    abstract Transport open(int numLinks);

    @BeforeEach
    void openTransport() {
        transport = open(NUM_LINKS);
    }

    @AfterEach
    void closeTransport() {
        transport.close();
        arena.close();
    }

    @Test
    void shouldDeliverMessagesOfAllSizesInOrderAndBitForBit() throws Exception {
        // One byte, around a frame, nothing, and more than a term, which is 1 MiB here.
        List<Integer> sizes =
                new ArrayList<>(List.of(1, 0, 65_408, 65_409, 7, 3 * 1024 * 1024, 1024 * 1024 + 1, 8_096));
        var random = new SplittableRandom(5);
        for (int i = 0; i < 20; i++) {
            sizes.add(random.nextInt(1, 400_000));
        }
        LinkReceiver receiver = transport.openReceiver(LINK, Buffers.of(MAX_MESSAGE_BYTES, 2), waiter::wake);
        LinkSender sender = transport.openSender(LINK, MAX_MESSAGE_BYTES);
        CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
            for (int i = 0; i < sizes.size(); i++) {
                sendAll(sender, i / 4, i % 4, content(i, sizes.get(i)));
            }
        });
        for (int i = 0; i < sizes.size(); i++) {
            ReceiveBuffer message = await(receiver);
            assertThat(message.step()).isEqualTo(i / 4);
            assertThat(message.microbatch()).isEqualTo(i % 4);
            // Oracle: the same generator with the same seed.
            assertThat(message.payload().byteSize()).isEqualTo(sizes.get(i).longValue());
            assertThat(message.payload().mismatch(content(i, sizes.get(i)))).isEqualTo(-1);
            message.release();
        }
        sending.get(30, TimeUnit.SECONDS);
    }

    @Test
    void shouldHoldTheSenderBackWhileNoLeaseIsFreeAndLoseNothing() {
        int numBuffers = 2;
        LinkReceiver receiver = transport.openReceiver(LINK, Buffers.of(MAX_MESSAGE_BYTES, numBuffers), waiter::wake);
        LinkSender sender = transport.openSender(LINK, MAX_MESSAGE_BYTES);
        int size = 256 * 1024;
        connect(sender, content(0, size));
        int sent = 1;
        SendResult last = SendResult.SENT;
        // Two leases and a term of 1 MiB hold at most 6 messages; 20 cannot all be on their way.
        while (sent < 20 && last == SendResult.SENT) {
            MemorySegment payload = content(sent, size);
            last = sender.send(0, sent, payload);
            long deadline = System.nanoTime() + Duration.ofMillis(300).toNanos();
            while (last != SendResult.SENT && System.nanoTime() < deadline) {
                Thread.onSpinWait();
                last = sender.resume();
            }
            sent++;
        }
        assertThat(last).isEqualTo(SendResult.BACK_PRESSURED);
        int messages = sent;
        var unfinished = new AtomicBoolean(true);
        for (int i = 0; i < messages; i++) {
            // The sender goes on while the receiver drains, as a rank does.
            BooleanSupplier arrivedWhileSending = () -> {
                if (unfinished.get() && sender.resume() == SendResult.SENT) {
                    unfinished.set(false);
                }
                return receiver.hasArrival();
            };
            assertThat(waiter.retry(arrivedWhileSending, PATIENCE)).isTrue();
            ReceiveBuffer message = receiver.take();
            assertThat(message.microbatch()).isEqualTo(i);
            assertThat(message.payload().mismatch(content(i, size))).isEqualTo(-1);
            message.release();
        }
    }

    @Test
    void shouldKeepLinksApart() {
        var receivers = new ArrayList<LinkReceiver>();
        var senders = new ArrayList<LinkSender>();
        for (int link = 0; link < NUM_LINKS; link++) {
            var id = new LinkId(link, "link " + link);
            receivers.add(transport.openReceiver(id, Buffers.of(100_000, 2), waiter::wake));
            senders.add(transport.openSender(id, 100_000));
        }
        for (int round = 0; round < 8; round++) {
            for (int link = 0; link < NUM_LINKS; link++) {
                sendAll(senders.get(link), round, link, content(100 * link + round, 1000 * (link + 1) + round));
            }
            for (int link = NUM_LINKS - 1; link >= 0; link--) {
                ReceiveBuffer message = await(receivers.get(link));
                assertThat(message.microbatch()).isEqualTo(link);
                assertThat(message.payload().mismatch(content(100 * link + round, 1000 * (link + 1) + round)))
                        .isEqualTo(-1);
                message.release();
            }
        }
    }

    @Test
    void shouldLetOtherLinksPassOneThatIsHeldBack() {
        LinkReceiver held = transport.openReceiver(LINK, Buffers.of(1000, 1), waiter::wake);
        var otherId = new LinkId(1, "other");
        LinkReceiver other = transport.openReceiver(otherId, Buffers.of(1000, 1), waiter::wake);
        LinkSender toHeld = transport.openSender(LINK, 1000);
        LinkSender toOther = transport.openSender(otherId, 1000);
        connect(toHeld, content(0, 1000));
        ReceiveBuffer lease = await(held);
        toHeld.send(0, 1, content(1, 1000));
        sendAll(toOther, 0, 0, content(2, 1000));
        assertThat(await(other).payload().mismatch(content(2, 1000))).isEqualTo(-1);
        assertThat(held.hasArrival()).isFalse();
        lease.release();
    }

    @Test
    void shouldSayThatNobodyListensUntilSomebodyDoes() {
        LinkSender sender = transport.openSender(LINK, 100);
        assertThat(sender.send(3, 1, content(0, 100))).isEqualTo(SendResult.NOT_CONNECTED);
        LinkReceiver receiver = transport.openReceiver(LINK, Buffers.of(100, 1), waiter::wake);
        assertThat(waiter.retry(() -> sender.resume() == SendResult.SENT, PATIENCE))
                .isTrue();
        assertThat(await(receiver).step()).isEqualTo(3);
    }

    @Test
    void shouldTellThatALinkIsClosed() {
        transport.openReceiver(LINK, Buffers.of(100, 1), waiter::wake);
        LinkSender sender = transport.openSender(LINK, 100);
        sender.close();
        assertThat(sender.send(0, 0, content(0, 100))).isEqualTo(SendResult.CLOSED);
    }

    @Test
    void shouldRefuseAMessageThatIsTooLong() {
        LinkSender sender = transport.openSender(LINK, 100);
        assertThatThrownBy(() -> sender.send(4, 2, content(0, 101)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("step 4, microbatch 2: expected an off-heap payload of at most 100 bytes");
    }

    @Test
    void shouldRefuseASecondMessageWhileOneIsUnfinished() {
        LinkSender sender = transport.openSender(LINK, 100);
        sender.send(0, 0, content(0, 100));
        assertThatThrownBy(() -> sender.send(0, 1, content(1, 100)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("call resume");
    }

    @Test
    void shouldRefuseToTakeWhatHasNotArrived() {
        LinkReceiver receiver = transport.openReceiver(LINK, Buffers.of(100, 1), waiter::wake);
        assertThatThrownBy(receiver::take).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldCloseOnceOnly() {
        transport.openReceiver(LINK, Buffers.of(100, 1), waiter::wake);
        transport.close();
        transport.close();
        assertThat(transport.describe()).isNotBlank();
    }

    final Transport transport() {
        return transport;
    }

    final ReceiveBuffer await(LinkReceiver receiver) {
        assertThat(waiter.retry(receiver::hasArrival, PATIENCE)).isTrue();
        return receiver.take();
    }

    /// Sends one message to a link that may not be connected yet.
    final void connect(LinkSender sender, MemorySegment payload) {
        sendAll(sender, 0, 0, payload);
    }

    final void sendAll(LinkSender sender, long step, int microbatch, MemorySegment payload) {
        if (sender.send(step, microbatch, payload) == SendResult.SENT) {
            return;
        }
        boolean sent = new Waiter(signal, WaitStyle.PARK).retry(() -> sender.resume() == SendResult.SENT, PATIENCE);
        assertThat(sent).isTrue();
    }

    final MemorySegment content(long seed, int numBytes) {
        MemorySegment segment =
                arena.allocate(numBytes + (numBytes == 0 ? 1 : 0), 8).asSlice(0, numBytes);
        var random = new SplittableRandom(seed);
        for (int i = 0; i < numBytes; i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        return segment;
    }
}
