package io.stagecraft.transport.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.transport.Buffers;
import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.ReceiveBuffer;
import io.stagecraft.transport.frame.FrameAssembler.Outcome;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class FrameAssemblerTest {
    private static final long NONCE = 77;
    private static final LinkId LINK = new LinkId(4, "stage 1 -> stage 2");

    private final ReceiveBufferPool pool = new ReceiveBufferPool(Buffers.of(100, 2), () -> {});
    private final LinkInbox inbox = new LinkInbox(LINK, 2, () -> {});
    private final FrameAssembler assembler = new FrameAssembler(LINK, NONCE, pool, inbox);

    @Test
    void shouldPutChunksTogether() {
        assertThat(accept(message(0, 7, 3, 10), 0, 6)).isEqualTo(Outcome.TAKEN);
        assertThat(inbox.hasArrival()).isFalse();
        assertThat(accept(message(0, 7, 3, 10), 6, 4)).isEqualTo(Outcome.TAKEN);
        ReceiveBuffer message = inbox.take();
        assertThat(message.step()).isEqualTo(7);
        assertThat(message.microbatch()).isEqualTo(3);
        // A frame's payload repeats the position of each byte in its message.
        assertThat(message.payload().toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    }

    @Test
    void shouldDeliverAMessageWithoutBytes() {
        accept(message(0, 1, 0, 0), 0, 0);
        assertThat(inbox.take().payload().byteSize()).isZero();
    }

    @Test
    void shouldAskForTheFrameAgainWhileNoLeaseIsFree() {
        accept(message(0, 1, 0, 4), 0, 4);
        accept(message(1, 1, 1, 4), 0, 4);
        assertThat(accept(message(2, 1, 2, 4), 0, 4)).isEqualTo(Outcome.NO_FREE_BUFFER);
        inbox.take().release();
        assertThat(accept(message(2, 1, 2, 4), 0, 4)).isEqualTo(Outcome.TAKEN);
    }

    @Test
    void shouldDropFramesOfAnotherRunOrLink() {
        assertThat(accept(new MessageHeader(NONCE + 1, 4, 0, 0, 0, 4), 0, 4)).isEqualTo(Outcome.DROPPED);
        assertThat(accept(new MessageHeader(NONCE, 5, 0, 0, 0, 4), 0, 4)).isEqualTo(Outcome.DROPPED);
        assertThat(assembler.numDropped()).isEqualTo(2);
    }

    @Test
    void shouldNameStepMicrobatchExpectedAndGotOfAGap() {
        accept(message(0, 7, 3, 10), 0, 4);
        assertThatThrownBy(() -> accept(message(0, 7, 3, 10), 5, 5))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(
                        "link 4 (stage 1 -> stage 2), step 7, microbatch 3: expected chunk at byte 4, got 5");
    }

    @Test
    void shouldRefuseAMessageThatCutsAnotherShort() {
        accept(message(0, 7, 3, 10), 0, 4);
        assertThatThrownBy(() -> accept(message(1, 7, 4, 10), 0, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("step 7, microbatch 4: expected byte 4 of");
    }

    @Test
    void shouldRefuseAMessageOutOfOrder() {
        assertThatThrownBy(() -> accept(message(1, 7, 4, 10), 0, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected message number 0, got 1");
    }

    @Test
    void shouldRefuseAMessageLongerThanItsBuffers() {
        assertThatThrownBy(() -> accept(message(0, 7, 4, 101), 0, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("expected at most 100 bytes, got a message of 101");
    }

    @Test
    void shouldRefuseAChunkBeyondTheEndOfItsMessage() {
        assertThatThrownBy(() -> accept(message(0, 7, 4, 3), 0, 4))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("chunk at byte 0 of 3");
    }

    @Test
    void shouldSurviveFramesOfRandomBytes() {
        var random = new SplittableRandom(11);
        int frames = 10_000;
        byte[] bytes = new byte[96];
        for (int i = 0; i < frames; i++) {
            random.nextBytes(bytes);
            // Random bytes hold the magic number once in 2^32.
            assertThat(assembler.accept(new UnsafeBuffer(bytes), 0, random.nextInt(97)))
                    .isEqualTo(Outcome.DROPPED);
        }
        assertThat(assembler.numDropped()).isEqualTo(frames);
    }

    @Test
    void shouldKeepEveryFieldOfAHeader() {
        var header = FrameHeader.chunk(
                new MessageHeader(-2, Integer.MAX_VALUE, 1L << 40, -3, -4, Long.MAX_VALUE), 1L << 50, 65_000);
        var buffer = new UnsafeBuffer(new byte[FrameCodec.HEADER_BYTES + 8]);
        FrameCodec.encode(header, buffer, 8);
        assertThat(FrameCodec.isFrame(buffer, 8, FrameCodec.HEADER_BYTES)).isTrue();
        assertThat(FrameCodec.decode(buffer, 8)).isEqualTo(header);
    }

    private static MessageHeader message(long sequence, long step, int microbatch, long lengthBytes) {
        return new MessageHeader(NONCE, LINK.index(), sequence, step, microbatch, lengthBytes);
    }

    private Outcome accept(MessageHeader message, int chunkOffset, int chunkLength) {
        var buffer = new UnsafeBuffer(new byte[FrameCodec.HEADER_BYTES + chunkLength]);
        FrameCodec.encode(FrameHeader.chunk(message, chunkOffset, chunkLength), buffer, 0);
        for (int i = 0; i < chunkLength; i++) {
            buffer.putByte(FrameCodec.HEADER_BYTES + i, (byte) (chunkOffset + i));
        }
        return assembler.accept(buffer, 0, FrameCodec.HEADER_BYTES + chunkLength);
    }
}
