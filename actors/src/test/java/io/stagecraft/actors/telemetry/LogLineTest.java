package io.stagecraft.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Oracle: the format strings of Megatron-LM 23.04, `training.py`, `training_log` and
/// `evaluate_and_print_results`, and Python's `format`.
class LogLineTest {
    private static RunEvent.StepCompleted step(long iteration, double loss) {
        return new RunEvent.StepCompleted(
                iteration, 20, 8 * iteration, 12.34, 2.5e-4, 8, loss, 1.9531692, 1000, 1e9, 0.1, 0, 0, loss, 0);
    }

    @Test
    void shouldPrintMegatronsLineLetterForLetter() {
        var line = new LogLine(LogForm.MEGATRON);
        RunEvent.StepCompleted step = step(1, 7.063316822052002);
        line.add(step);
        assertThat(line.take(step))
                .isEqualTo(" iteration        1/      20 | consumed samples:            8 |"
                        + " elapsed time per iteration (ms): 12.3 | learning rate: 2.500E-04 |"
                        + " global batch size:     8 | lm loss: 7.063317E+00 | loss scale: 1.0 | grad norm: 1.953 |"
                        + " number of skipped iterations:   0 | number of nan iterations:   0 |");
    }

    @Test
    void shouldPrintFieldsOfOurOwnBehindMegatronsOnly() {
        var megatron = new LogLine(LogForm.MEGATRON);
        var extended = new LogLine(LogForm.EXTENDED);
        RunEvent.StepCompleted step = step(3, 6);
        megatron.add(step);
        extended.add(step);
        assertThat(extended.take(step)).startsWith(megatron.take(step)).contains("tokens per second");
    }

    @Test
    void shouldLeaveOutALossThatIsNone() {
        var line = new LogLine(LogForm.MEGATRON);
        line.add(step(1, Double.NaN));
        assertThat(line.take(step(1, Double.NaN))).doesNotContain("lm loss");
    }

    @Test
    void shouldPrintMegatronsValidationLine() {
        var evaluated = new RunEvent.Evaluated(10, 6.558155536651611, 704.9701, 3, 1024);
        assertThat(LogLine.validation(evaluated, LogForm.MEGATRON))
                .isEqualTo(" validation loss at iteration 10 | lm loss value: 6.558156E+00 |"
                        + " lm loss PPL: 7.049701E+02 | ");
    }

    /// The prefixes that `pretrain` of Megatron-LM hands to its evaluation behind the last step.
    @ParameterizedTest
    @CsvSource({"END, val", "TEST, test"})
    void shouldPrintMegatronsLinesOfTheEnd(RunEvent.Evaluated.Occasion occasion, String data) {
        var evaluated = new RunEvent.Evaluated(10, occasion, 6.558155536651611, 704.9701, 3, 1024);
        assertThat(LogLine.validation(evaluated, LogForm.MEGATRON))
                .isEqualTo(" validation loss at the end of training for " + data
                        + " data | lm loss value: 6.558156E+00 | lm loss PPL: 7.049701E+02 | ");
    }

    @ParameterizedTest
    @CsvSource({
        "0.0, 0.000E+00",
        "2.5e-4, 2.500E-04",
        "0.00100050000001, 1.001E-03",
        "1.0005, 1.000E+00",
        "12, 1.200E+01"
    })
    void shouldWriteNumbersAsPython(double value, String expected) {
        assertThat(LogNumbers.scientific(value, 3)).isEqualTo(expected);
    }

    /// The double 0.0125 is a little above, 2.675 a little below what is written.
    @ParameterizedTest
    @CsvSource({"0.0125, 3, 0.013", "2.675, 2, 2.67", "0.5, 0, 0", "1.5, 0, 2"})
    void shouldRoundTheExactValueHalvesToEven(double value, int digits, String expected) {
        assertThat(LogNumbers.fixed(value, digits)).isEqualTo(expected);
    }
}
