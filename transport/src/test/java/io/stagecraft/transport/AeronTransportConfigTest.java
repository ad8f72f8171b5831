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
    // Twice the message and an eighth for frames and headers, up to the next power of two, within the
    // limits.
    @CsvSource({
        "1, 65536",
        "28000, 65536",
        "65536, 262144",
        "200000, 524288",
        "4000000, 16777216",
        "9000000000, 16777216"
    })
    void shouldSizeATermForTheLargestMessage(long maxMessageBytes, int expected) {
        assertThat(AeronTransportConfig.termLengthFor(maxMessageBytes)).isEqualTo(expected);
    }

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

    private static AeronTransportConfig config(AeronTransportConfig.Channel channel, int termLengthBytes) {
        return new AeronTransportConfig(channel, Path.of("unused"), termLengthBytes, 1, 1, Duration.ofSeconds(1));
    }
}
