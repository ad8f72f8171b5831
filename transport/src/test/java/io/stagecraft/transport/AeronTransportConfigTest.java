package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AeronTransportConfigTest {
    @ParameterizedTest
    @CsvSource({"100000", "32768", "0", "-65536"})
    void shouldRefuseATermLengthThatAeronCannotUse(int termLengthBytes) {
        assertThatThrownBy(() -> config(new AeronTransportConfig.Channel.Ipc(), termLengthBytes))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("transport.term-length-bytes must be a power of two in [64 KiB, 1 GiB] but is "
                        + termLengthBytes);
    }

    @ParameterizedTest
    @CsvSource({"127.0.0.1, 1048576, 8192", "10.0.0.7, 1048576, 1408"})
    void shouldSendLargeFramesOnlyWhereTheNetworkDoesNotCutThem(String host, int termLengthBytes, int mtuBytes) {
        assertThat(config(new AeronTransportConfig.Channel.Udp(host, 4000), termLengthBytes)
                        .mtuBytes())
                .isEqualTo(mtuBytes);
    }

    @Test
    void shouldNotSendFramesThatATermCannotHold() {
        assertThat(config(new AeronTransportConfig.Channel.Ipc(), 64 * 1024).mtuBytes())
                .isEqualTo(8 * 1024);
    }

    @Test
    void shouldKeepLogsWithoutPayloadSmall() {
        assertThat(config(new AeronTransportConfig.Channel.Ipc(), 4 * 1024 * 1024)
                        .logTermBytes())
                .isEqualTo(64 * 1024);
        assertThat(config(new AeronTransportConfig.Channel.Udp("127.0.0.1", 4000), 4 * 1024 * 1024)
                        .logTermBytes())
                .isEqualTo(4 * 1024 * 1024);
    }

    private static AeronTransportConfig config(AeronTransportConfig.Channel channel, int termLengthBytes) {
        return new AeronTransportConfig(channel, Path.of("unused"), termLengthBytes, 1, 1, Duration.ofSeconds(1));
    }
}
