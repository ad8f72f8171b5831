package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.aeron.Aeron;
import io.stagecraft.transport.frame.FrameCodec;
import io.stagecraft.transport.frame.FrameHeader;
import io.stagecraft.transport.frame.MessageHeader;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class AeronIpcTransportTest extends AeronContract {
    @Override
    AeronTransportConfig.Channel channel() {
        return new AeronTransportConfig.Channel.Ipc();
    }

    @Test
    void shouldCopyAMessageStraightIntoTheReceiversMemory() {
        List<MemorySegment> buffers = Buffers.of(1000, 2);
        LinkReceiver receiver = transport().openReceiver(LINK, buffers, waiter::wake);
        LinkSender sender = transport().openSender(LINK, 1000);
        sendAll(sender, 4, 1, content(5, 1000));
        assertThat(buffers.getFirst().mismatch(content(5, 1000))).isEqualTo(-1);
        assertThat(await(receiver).place()).isZero();
    }

    @Test
    void shouldLeaveTheReceiversMemoryAloneOnceItIsClosed() {
        List<MemorySegment> buffers = Buffers.of(1000, 2);
        LinkReceiver receiver = transport().openReceiver(LINK, buffers, waiter::wake);
        LinkSender sender = transport().openSender(LINK, 1000);
        sendAll(sender, 4, 1, content(5, 1000));
        receiver.close();
        assertThat(sender.send(4, 2, content(6, 1000))).isEqualTo(SendResult.CLOSED);
        assertThat(buffers.getLast().mismatch(MemorySegment.ofArray(new byte[1000])))
                .isEqualTo(-1);
    }

    @Test
    void shouldAbortTheRunWhenAFrameNamesABufferThatNobodyFilled() {
        transport().openReceiver(LINK, Buffers.of(1000, 2), waiter::wake);
        try (Aeron stranger = stranger()) {
            var frame = new UnsafeBuffer(new byte[FrameCodec.HEADER_BYTES]);
            FrameCodec.encode(FrameHeader.placed(new MessageHeader(NONCE, LINK.index(), 0, 7, 3, 100), 1), frame, 0);
            offer(publication(stranger), frame, FrameCodec.HEADER_BYTES);
            assertThat(reasonOfTheAbort())
                    .contains("stage 0 -> stage 1", "step 7, microbatch 3", "buffer 1 of 2, which has no such message");
        }
    }
}
