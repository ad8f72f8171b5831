package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.checkpoint.ModelSource;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoopStateTest {
    // 0.1 + 0.2 and its like have no short decimal form: what is written must be read bit for bit.
    private static final LoopState STATE =
            new LoopState(77, 616, 600, 75, 24, 1, 2, 1, new LogInterval(0.1 + 0.2 + 1.0 / 3, 7, 1));

    /// As a manifest gives them back.
    private static Map<String, Object> read(LoopState state) {
        var values = new HashMap<String, Object>(state.settings());
        values.replaceAll((_, value) -> value instanceof Integer number ? (Object) number.longValue() : value);
        return values;
    }

    @Test
    void shouldComeBackAsItWas() {
        assertThat(LoopState.restore(read(STATE))).isEqualTo(STATE);
    }

    @Test
    void shouldNameAKeyThatIsMissing() {
        Map<String, Object> values = read(STATE);
        values.remove("consumed-valid-samples");

        assertThatThrownBy(() -> LoopState.restore(values))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("state.consumed-valid-samples must be a whole number of at least 0 but is missing");
    }

    @Test
    void shouldNameACountThatIsNone() {
        Map<String, Object> values = read(STATE);
        values.put("iteration", -1L);

        assertThatThrownBy(() -> LoopState.restore(values)).hasMessageContaining("state.iteration");
    }

    @Test
    void shouldNotMoveTheScheduleByAStepThatWasSkipped() {
        LoopState after = LoopState.beginning().updated(8, 2.0).skipped(8);

        assertThat(after.consumedTrainSamples()).isEqualTo(16);
        assertThat(after.scheduledSamples()).isEqualTo(8);
    }

    @Test
    void shouldForgetSkippedStepsInARowAfterAnUpdate() {
        LoopState after = LoopState.beginning().skipped(8).skipped(8).updated(8, 2.0);

        assertThat(after.numSkippedInARow()).isZero();
        assertThat(after.numSkipped()).isEqualTo(2);
    }

    @Test
    void shouldStandWhereAnotherProgramStopped() {
        LoopState state = LoopState.of(new ModelSource.Progress(10, 80, 16, 10));

        assertThat(state.iteration()).isEqualTo(10);
        assertThat(state.consumedTrainSamples()).isEqualTo(80);
        assertThat(state.consumedValidSamples()).isEqualTo(16);
    }

    @Test
    void shouldMeanOnlyLossesOfStepsThatWereNotSkipped() {
        LogInterval log = LogInterval.empty().withLoss(4).withSkipped().withLoss(2);

        assertThat(log.meanLoss()).isEqualTo(3);
        assertThat(log.numSkipped()).isEqualTo(1);
    }
}
