package io.stagecraft.stages.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PipelineScheduleTest {
    private final OneForwardOneBackwardSchedule oneForwardOneBackward = new OneForwardOneBackwardSchedule();
    private final GPipeSchedule gpipe = new GPipeSchedule();

    @Test
    void shouldWarmUpAsMegatron() { // oracle: Megatron-LM
        assertThat(warmups(4, 8)).containsExactly(3, 2, 1, 0);
        assertThat(warmups(8, 4)).containsExactly(4, 4, 4, 4, 3, 2, 1, 0);
        assertThat(warmups(2, 1)).containsExactly(1, 0);
    }

    @Test
    void shouldDrawOneForwardOneBackward() { // oracle: arXiv:2104.04473, figure 4, upper half, backward = 2
        assertThat(oneForwardOneBackward.diagram(3, 4)).isEqualTo("""
                stage 0 | F0 F1 F2 .  .  .  .  B0 B0 F3 B1 B1 .  B2 B2 .  B3 B3
                stage 1 | .  F0 F1 .  .  B0 B0 F2 B1 B1 F3 B2 B2 .  B3 B3 .  .
                stage 2 | .  .  F0 B0 B0 F1 B1 B1 F2 B2 B2 F3 B3 B3 .  .  .  .
                """);
    }

    @Test
    void shouldHoldAtMostNumStagesMinusStageMicrobatches() {
        assertThat(report(oneForwardOneBackward, 4, 9).maxInFlight()).containsExactly(4, 3, 2, 1);
        assertThat(report(gpipe, 4, 9).maxInFlight()).containsExactly(9, 9, 9, 9);
        assertThat(report(new ForwardOnlySchedule(), 4, 9).maxInFlight()).containsExactly(1, 1, 1, 1);
    }

    @Test
    void shouldHaveTheBubbleOfThePaper() { // oracle: (p - 1) / (m + p - 1) of the total time
        for (PipelineSchedule schedule : List.of(oneForwardOneBackward, gpipe)) {
            for (int p = 1; p <= 6; p++) {
                for (int m = p; m <= 12; m++) {
                    assertThat(report(schedule, p, m).bubbleFraction())
                            .as("%s, p %d, m %d", schedule.name(), p, m)
                            .isCloseTo((p - 1.0) / (m + p - 1), within(1e-12)); // a quotient of small integers
                }
            }
        }
    }

    @Test
    void shouldNeedOneReceiveBufferForEachForwardThatCanRunAhead() {
        ScheduleReport report = report(oneForwardOneBackward, 4, 9);
        // One more than the sender has in flight: with a gradient it learns that the receiver's backward has
        // begun, and the buffer is free when that ends.
        assertThat(report.forwardCredits()).containsExactly(5, 4, 3);
        assertThat(report.backwardCredits()).containsExactly(4, 3, 2);
        assertThat(report(gpipe, 3, 5).forwardCredits()).containsExactly(5, 5);
    }

    @Test
    void shouldNotWaitForEverWithTheReceiveBuffersThatAreReadAtOnce() {
        for (PipelineSchedule schedule : List.of(oneForwardOneBackward, gpipe, new ForwardOnlySchedule())) {
            ScheduleReport report = ScheduleValidator.validate(schedule.allActions(4, 7), 7, ActionCosts.unit(), 0);
            assertThat(report.makespan()).isGreaterThan(0);
        }
    }

    @Test
    void shouldLetNoSenderWaitWithTheBuffersThatItSays() { // oracle: the same schedule with endless buffers
        var random = new SplittableRandom(7);
        for (PipelineSchedule schedule : List.of(oneForwardOneBackward, gpipe, new ForwardOnlySchedule())) {
            for (int p = 2; p <= 5; p++) {
                var costs = new ActionCosts(random.nextDouble(), random.nextDouble(), random.nextDouble());
                ScheduleReport endless = ScheduleValidator.validate(schedule, p, 8, costs);
                int most = Stream.concat(endless.forwardCredits().stream(), endless.backwardCredits().stream())
                        .mapToInt(Integer::intValue)
                        .max()
                        .orElseThrow();
                assertThat(ScheduleValidator.validate(schedule.allActions(p, 8), 8, costs, most)
                                .makespan())
                        .isEqualTo(endless.makespan());
            }
        }
    }

    @Test
    void shouldLoseNothingWithOneSpareReceiveBuffer() { // oracle: the same schedule with endless buffers
        var random = new SplittableRandom(11);
        for (int p = 2; p <= 8; p++) {
            var costs = new ActionCosts(random.nextDouble(), random.nextDouble(), random.nextDouble());
            ScheduleReport endless = ScheduleValidator.validate(oneForwardOneBackward, p, 16, costs);
            assertThat(ScheduleValidator.validate(oneForwardOneBackward.allActions(p, 16), 16, costs, 1)
                            .makespan())
                    .isEqualTo(endless.makespan());
        }
    }

    @Test
    void shouldRefuseStagesOrMicrobatchesThatDoNotExist() {
        assertThatThrownBy(() -> gpipe.actions(2, 2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> gpipe.actions(0, 2, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static ScheduleReport report(PipelineSchedule schedule, int numStages, int numMicrobatches) {
        return ScheduleValidator.validate(schedule, numStages, numMicrobatches, ActionCosts.unit());
    }

    private int[] warmups(int numStages, int numMicrobatches) {
        return IntStream.range(0, numStages)
                .map(stage -> oneForwardOneBackward.warmup(stage, numStages, numMicrobatches))
                .toArray();
    }
}
