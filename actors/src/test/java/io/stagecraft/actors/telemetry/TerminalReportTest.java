package io.stagecraft.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a person reads. Oracle for the log line: Megatron-LM's field names, widths and order.
class TerminalReportTest {
    private static final String ESCAPE = "\u001b";

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private long nanos;

    @Test
    void shouldPrintMegatronsLogLine() {
        report(Screen.plain(), 1).accept(step(7, 600, 4.123456));
        assertThat(out.toString())
                .isEqualTo(" iteration        7/     600 | consumed samples:          112 |"
                        + " elapsed time per iteration (ms): 250.0 | learning rate: 2.000E-03 |"
                        + " global batch size:    16 | lm loss: 4.123456E+00 | loss scale: 1.0 | grad norm: 1.500 |"
                        + " number of skipped iterations:   0 | number of nan iterations:   0 |"
                        + " tokens per second: 8000.0 | model GFLOP/s: 40.0 | bubble: 25.0 % |\n");
    }

    @Test
    void shouldPrintTheMeanOfTheStepsSinceTheLastLine() {
        TerminalReport report = report(Screen.plain(), 2);
        report.accept(step(1, 600, 4));
        assertThat(out.toString()).isEmpty();
        report.accept(withIntervalLoss(step(2, 600, 3), 3.5));
        report.accept(step(3, 600, 9));
        report.accept(withIntervalLoss(step(4, 600, 1), 5));
        assertThat(out.toString().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line).contains("lm loss: 3.500000E+00"),
                        line -> assertThat(line).contains("lm loss: 5.000000E+00"));
    }

    @Test
    void shouldPrintTheLastStepWhateverTheInterval() {
        report(Screen.plain(), 10).accept(step(3, 3, 4));
        assertThat(out.toString()).startsWith(" iteration        3/       3 |");
    }

    @Test
    void shouldLeaveOutALossThatIsNotANumber() {
        report(Screen.plain(), 1).accept(step(1, 3, Double.NaN));
        assertThat(out.toString()).doesNotContain("lm loss").contains("grad norm");
    }

    @Test
    void shouldPrintValidationBetweenRules() {
        report(Screen.plain(), 1).accept(new RunEvent.Evaluated(200, 1.5, 4.481689, 1.25, 8192));
        assertThat(out.toString().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line).matches("-+"),
                        line -> assertThat(line)
                                .isEqualTo(" validation loss at iteration 200 | lm loss value: 1.500000E+00 |"
                                        + " lm loss PPL: 4.481689E+00 | nats per character: 1.2500 |"),
                        line -> assertThat(line).matches("-+"));
    }

    @Test
    void shouldWriteWholeLinesOnlyWithoutATerminal() {
        TerminalReport report = report(Screen.plain(), 100);
        for (int i = 1; i <= 50; i++) {
            nanos += 1_000_000_000L;
            report.accept(step(i, 600, 4));
        }
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void shouldDrawProgressAtMostFiveTimesASecond() {
        TerminalReport report = report(new Screen(Screen.Mode.TERMINAL, 80), 1000);
        // 100 steps of 20 ms: 2 s, so 10 drawings.
        for (int i = 1; i <= 100; i++) {
            nanos += 20_000_000L;
            report.accept(step(i, 600, 4));
        }
        assertThat(out.toString().split("\r", -1).length - 1).isCloseTo(10, within(1));
    }

    @Test
    void shouldShowShareRateTimeLeftAndLossInEightyColumns() {
        TerminalReport report = report(new Screen(Screen.Mode.TERMINAL, 80), 1000);
        nanos += 250_000_000L;
        report.accept(step(150, 600, 2.5));
        String line = out.toString().replace("\r" + ESCAPE + "[K", "");
        // 450 steps of 250 ms are left: 112.5 s.
        assertThat(line)
                .startsWith(" 25 % [")
                .contains("150/600", "4.0 steps/s", "8000 tokens/s", "ETA 1:53", "2.5000");
        assertThat(line.length()).isLessThan(80);
    }

    @Test
    void shouldLeaveFieldsOutRatherThanCutNumbers() {
        TerminalReport report = report(new Screen(Screen.Mode.TERMINAL, 40), 1000);
        nanos += 250_000_000L;
        report.accept(step(150, 600, 2.5));
        // 37 columns: share 6, count 7, ETA 10 and loss 13 fit; tokens/s does not.
        assertThat(out.toString().replace("\r" + ESCAPE + "[K", "")).isEqualTo(" 25 % 150/600  ETA 1:53  loss 2.5000");
    }

    @Test
    void shouldEraseProgressBeforeALogLine() {
        TerminalReport report = report(new Screen(Screen.Mode.TERMINAL, 80), 2);
        report.accept(step(1, 600, 4));
        report.accept(step(2, 600, 4));
        assertThat(out.toString()).contains("\r" + ESCAPE + "[K iteration        2/");
    }

    @Test
    void shouldEraseProgressAtTheEnd() {
        TerminalReport report = report(new Screen(Screen.Mode.TERMINAL, 80), 1000);
        report.accept(step(1, 600, 4));
        report.close();
        assertThat(out.toString()).endsWith("\r" + ESCAPE + "[K");
    }

    @Test
    void shouldUseColourOnlyWhereAllowed() {
        report(new Screen(Screen.Mode.TERMINAL, 80), 1000).accept(step(1, 600, 4));
        assertThat(out.toString()).doesNotContain("[2m");
        report(new Screen(Screen.Mode.COLOUR, 80), 1000).accept(step(1, 600, 4));
        assertThat(out.toString()).contains("[2m");
    }

    @Test
    void shouldStripControlCharactersOfASample() {
        report(Screen.plain(), 1)
                .accept(new RunEvent.SampleGenerated(9, "a", ESCAPE + "[2Jb\u202ec\nnext " + "word ".repeat(30), 0.8));
        assertThat(out.toString()).doesNotContain(ESCAPE, "\u202e").contains("words of the corpus: 80.0 %");
        assertThat(out.toString().lines().skip(1)).allMatch(line -> line.length() <= 80);
    }

    @Test
    void shouldSayHowLongTextsStillTake() {
        report(Screen.plain(), 1).accept(new RunEvent.GenerationProgressed(30, 400, 10));
        assertThat(out.toString()).isEqualToIgnoringNewLines(" 30 of 400 tokens | 10.00 tokens/s each | ETA 0:37 |");
    }

    @Test
    void shouldSayAFailureOnTheErrorStream() {
        report(Screen.plain(), 1)
                .accept(new RunEvent.RunFailed(11, "stage 1, step 12", "broken", List.of("stage 0", "stage 2")));
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString())
                .contains("failed after iteration 11", "where: stage 1, step 12", "cause: broken", "of it: stage 2");
    }

    @Test
    void shouldSayWhoStoppedTheRunAndWhatIsSaved() {
        TerminalReport report = report(Screen.plain(), 1);
        report.accept(step(11, 100, 3));
        report.accept(new RunEvent.RunInterrupted(11, 2));
        assertThat(err.toString())
                .isEqualToIgnoringNewLines(
                        "stagecraft: stopped by Ctrl-C (SIGINT) after iteration 11; no checkpoint was written");
    }

    @Test
    void shouldNotCountIterationsOfARunWithoutSteps() {
        report(Screen.plain(), 1).accept(new RunEvent.RunCompleted(600, 3));
        assertThat(out.toString()).contains("done in 0:03").doesNotContain("600");
    }

    @Test
    void shouldDrawTheCurveAtTheEnd() {
        TerminalReport report = report(Screen.plain(), 100_000);
        for (int i = 1; i <= 1000; i++) {
            report.accept(step(i, 100_000, 5 - i / 250.0));
        }
        report.accept(new RunEvent.RunCompleted(1000, 161));
        // Means of 8 steps: the first is that of steps 1 to 8, 5 - 4.5 / 250; the last of steps 993 to 1000.
        assertThat(out.toString().lines().toList())
                .satisfiesExactly(
                        line -> assertThat(line)
                                .matches(" lm loss 4\\.98 █[▁-█]+▁ 1\\.01")
                                .hasSizeLessThanOrEqualTo(80),
                        line -> assertThat(line).isEqualTo(" done: 1000 iterations in 2:41"));
    }

    @Test
    void shouldSayThatACheckpointIsDurable() {
        report(Screen.plain(), 1).accept(new RunEvent.CheckpointCommitted(600, Path.of("/x"), 3_565_158, 212));
        assertThat(out.toString()).isEqualTo(" checkpoint at iteration 600 | /x | 3.40 MiB | 0.2 s |\n");
    }

    private TerminalReport report(Screen screen, int logInterval) {
        return new TerminalReport(
                new PrintWriter(out),
                new PrintWriter(err),
                screen,
                new TerminalReport.Lines(logInterval, LogForm.EXTENDED, TerminalReport.Samples.PRINTED),
                () -> nanos);
    }

    private static RunEvent.StepCompleted withIntervalLoss(RunEvent.StepCompleted step, double mean) {
        return new RunEvent.StepCompleted(
                step.iteration(), step.trainIters(), 1, 250, 2e-3, 16, step.lmLoss(), 1.5, 1, 1, 0, 0, 0, mean, 0);
    }

    private static RunEvent.StepCompleted step(long iteration, long of, double loss) {
        return new RunEvent.StepCompleted(
                iteration, of, 16 * iteration, 250, 2e-3, 16, loss, 1.5, 8000, 4e10, 0.25, 0, 0, loss, 0);
    }
}
