package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoopbackTransportTest extends TransportContract {
    @Override
    Transport open(int numLinks) {
        return new LoopbackTransport();
    }

    @Test
    void shouldBePressedBackExactlyWhenTheLeasesAreGone() {
        var link = new LinkId(0, "exact");
        LinkReceiver receiver = transport().openReceiver(link, Buffers.of(10, 2), () -> {});
        LinkSender sender = transport().openSender(link, 10);
        assertThat(sender.send(0, 0, content(0, 10))).isEqualTo(SendResult.SENT);
        assertThat(sender.send(0, 1, content(1, 10))).isEqualTo(SendResult.SENT);
        assertThat(sender.send(0, 2, content(2, 10))).isEqualTo(SendResult.BACK_PRESSURED);
        receiver.take().release();
        assertThat(sender.resume()).isEqualTo(SendResult.SENT);
    }
}
