package io.stagecraft.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.telemetry.RunEvent;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StepRecorderTest {
    private static final Workload WORKLOAD = Workload.T;
    private static final int NUM_STEPS = WORKLOAD.warmupSteps() + WORKLOAD.measuredSteps();

    private final StepRecorder recorder = new StepRecorder(BenchmarkTask.of(WORKLOAD, Layout.parse("1x1x1")));

    @Test
    void shouldMeasureTheStepsAfterTheWarmUp() {
        for (int step = 1; step <= NUM_STEPS; step++) {
            recorder.accept(step(step, step <= WORKLOAD.warmupSteps() ? 100.0 : 2.0));
        }

        Measurement measurement = recorder.finished().join();
        List<Double> expected = Collections.nCopies(WORKLOAD.measuredSteps(), 2.0);
        assertThat(measurement.stepMillis()).isEqualTo(expected);
        assertThat(measurement.firstLoss()).isEqualTo(loss(1));
        assertThat(measurement.lastLoss()).isEqualTo(loss(NUM_STEPS));
    }

    @Test
    void shouldNotFinishBeforeTheLastMeasuredStep() {
        for (int step = 1; step < NUM_STEPS; step++) {
            recorder.accept(step(step, 1));
        }

        assertThat(recorder.finished()).isNotDone();
    }

    private static double loss(long step) {
        return 1.0 / step;
    }

    private static RunEvent.StepCompleted step(long iteration, double elapsedMillis) {
        return new RunEvent.StepCompleted(
                iteration, NUM_STEPS, iteration, elapsedMillis, 1, 1, loss(iteration), 1, 1, 1, 0, 0, 0, 1, 0);
    }
}
