package io.stagecraft.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.stages.topology.ParallelTopology;
import org.junit.jupiter.api.Test;

final class LayoutTest {
    @Test
    void shouldReadExtentsAndMicrobatches() {
        assertThat(Layout.parse("2x1x3/5")).isEqualTo(new Layout(new ParallelTopology(2, 1, 3), 5));
    }

    @Test
    void shouldTakeOneMicrobatchForOneStageAndFourForSeveral() {
        assertThat(Layout.parse("2x1x1").microbatches()).isEqualTo(1);
        assertThat(Layout.parse("1x2x1").microbatches()).isEqualTo(4);
    }

    @Test
    void shouldPrintWhatItReads() {
        assertThat(Layout.parse("1x2x1/4")).hasToString("1x2x1/4");
    }

    @Test
    void shouldSpreadTheBatchOverReplicasAndMicrobatches() {
        assertThat(Layout.parse("1x1x2/3").microBatchSize(Workload.M)).isEqualTo(2);
    }

    @Test
    void shouldSayWhichBatchDoesNotDivide() {
        assertThatThrownBy(() -> Layout.parse("1x1x2/4").microBatchSize(Workload.M))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("8 parts")
                .hasMessageContaining("12 sequences");
    }

    @Test
    void shouldSayHowALayoutIsWritten() {
        assertThatThrownBy(() -> Layout.parse("2,1,1"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("for example 2x1x1")
                .hasMessageContaining("2,1,1");
    }
}
