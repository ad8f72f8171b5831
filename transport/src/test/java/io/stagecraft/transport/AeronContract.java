package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.aeron.Aeron;
import io.aeron.ExclusivePublication;
import io.stagecraft.transport.frame.FrameCodec;
import io.stagecraft.transport.frame.FrameHeader;
import io.stagecraft.transport.frame.MessageHeader;
import java.nio.file.Path;
import java.time.Duration;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What an [AeronTransport] keeps over either channel, strangers on its streams included.
abstract class AeronContract extends TransportContract {
    static final long NONCE = 0x5eed;
    private static final int BASE_STREAM = 1000;
    static final LinkId LINK = new LinkId(2, "stage 0 -> stage 1");

    @TempDir
    private Path directory;

    abstract AeronTransportConfig.Channel channel();

    @Override
    AeronTransport open(int numLinks) {
        var config = new AeronTransportConfig(channel(), directory, 1024 * 1024, BASE_STREAM, NONCE, PATIENCE);
        return AeronTransport.start(config, numLinks, failure -> signal.abort(failure.getMessage()));
    }

    @Test
    void shouldDropAndCountFramesOfAnotherRun() {
        LinkReceiver receiver = transport().openReceiver(LINK, Buffers.of(1000, 1), waiter::wake);
        try (Aeron stranger = stranger()) {
            ExclusivePublication publication = publication(stranger);
            offer(publication, frame(new MessageHeader(NONCE + 1, LINK.index(), 0, 0, 0, 16), 0, 16), 80);
            offer(publication, frame(new MessageHeader(NONCE, LINK.index() + 1, 0, 0, 0, 16), 0, 16), 80);
            assertThat(waiter.retry(() -> aeron().numDropped() == 2, PATIENCE)).isTrue();
            assertThat(receiver.hasArrival()).isFalse();
        }
    }

    @Test
    void shouldDropGarbageAndGoOnWithTheRun() {
        LinkReceiver receiver = transport().openReceiver(LINK, Buffers.of(1000, 1), waiter::wake);
        LinkSender sender = transport().openSender(LINK, 1000);
        try (Aeron stranger = stranger()) {
            ExclusivePublication publication = publication(stranger);
            // Shorter than a header, and as long as one without its magic number.
            offer(publication, new UnsafeBuffer(new byte[5]), 5);
            offer(publication, new UnsafeBuffer(new byte[64]), 64);
            assertThat(waiter.retry(() -> aeron().numDropped() == 2, PATIENCE)).isTrue();
            sendAll(sender, 1, 1, content(1, 1000));
            assertThat(await(receiver).payload().mismatch(content(1, 1000))).isEqualTo(-1);
        }
    }

    @Test
    void shouldAbortTheRunWhenAStreamHasAGap() {
        transport().openReceiver(LINK, Buffers.of(1000, 1), waiter::wake);
        try (Aeron stranger = stranger()) {
            offer(publication(stranger), frame(new MessageHeader(NONCE, LINK.index(), 0, 7, 3, 100), 32, 16), 80);
            assertThat(reasonOfTheAbort())
                    .contains("stage 0 -> stage 1", "step 7, microbatch 3: expected chunk at byte 0, got 32");
        }
    }

    @Test
    void shouldAbortTheRunWhenAFrameIsTruncated() {
        transport().openReceiver(LINK, Buffers.of(1000, 1), waiter::wake);
        try (Aeron stranger = stranger()) {
            offer(publication(stranger), frame(new MessageHeader(NONCE, LINK.index(), 0, 7, 3, 100), 0, 100), 80);
            assertThat(reasonOfTheAbort()).contains("the header says 100 bytes, the frame has 16");
        }
    }

    @Test
    void shouldTakeNoMoreSharedMemoryThanItSays() throws Exception {
        int numLinks = 16;
        for (int link = 0; link < numLinks; link++) {
            var id = new LinkId(link, "link " + link);
            LinkReceiver receiver = transport().openReceiver(id, Buffers.of(100, 1), waiter::wake);
            connect(transport().openSender(id, 100), content(0, 100));
            await(receiver).release();
        }
        long usedBytes = Folders.sizeBytes(directory);
        var config = new AeronTransportConfig(channel(), directory, 1024 * 1024, BASE_STREAM, NONCE, PATIENCE);
        assertThat(usedBytes)
                .isLessThanOrEqualTo(AeronMemory.of(config, numLinks).totalBytes());
    }

    final String reasonOfTheAbort() {
        var unaffected = new Waiter(new AbortSignal(), WaitStyle.PARK);
        assertThat(unaffected.retry(signal::isAborted, PATIENCE)).isTrue();
        try {
            signal.check();
            return "not aborted";
        } catch (AbortedException aborted) {
            return aborted.getMessage();
        }
    }

    private AeronTransport aeron() {
        return (AeronTransport) transport();
    }

    final Aeron stranger() {
        return Aeron.connect(
                new Aeron.Context().aeronDirectoryName(aeron().driverFolder().toString()));
    }

    final ExclusivePublication publication(Aeron stranger) {
        return stranger.addExclusivePublication(aeron().channelUri(), BASE_STREAM + LINK.index());
    }

    final void offer(ExclusivePublication publication, UnsafeBuffer bytes, int length) {
        assertThat(waiter.retry(() -> publication.offer(bytes, 0, length) > 0, Duration.ofSeconds(20)))
                .isTrue();
    }

    private static UnsafeBuffer frame(MessageHeader message, long chunkOffset, int chunkLength) {
        var buffer = new UnsafeBuffer(new byte[80]);
        FrameCodec.encode(FrameHeader.chunk(message, chunkOffset, chunkLength), buffer, 0);
        return buffer;
    }
}
