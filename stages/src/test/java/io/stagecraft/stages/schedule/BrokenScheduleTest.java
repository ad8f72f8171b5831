package io.stagecraft.stages.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Schedules with planted mistakes: each must be refused, with the reason.
class BrokenScheduleTest {
    @Test
    void shouldNameTheCycleWhenTwoStagesAreSwapped() {
        List<List<StageAction>> lists = lists(2, 4);
        Collections.swap(lists, 0, 1);
        assertRefused(lists, 4, "stage 0 at B0 waits for stage 1; stage 1 at F1 waits for stage 0; stage 0 closes");
    }

    @Test
    void shouldRefuseAMissingBackward() {
        List<List<StageAction>> lists = lists(2, 2);
        lists.get(1).remove(new StageAction.Backward(new MicrobatchId(1)));
        assertRefused(lists, 2, "stage 1 leaves microbatch 1 without its whole backward");
    }

    @Test
    void shouldRefuseABackwardBeforeItsForward() {
        List<List<StageAction>> lists = lists(1, 2);
        Collections.swap(lists.get(0), 0, 1);
        assertRefused(lists, 2, "stage 0 cannot run B0: it comes too early");
    }

    @Test
    void shouldRefuseARepeatedForward() {
        List<List<StageAction>> lists = lists(1, 2);
        lists.get(0).add(new StageAction.Forward(new MicrobatchId(0)));
        assertRefused(lists, 2, "stage 0 cannot run F0: it was done before");
    }

    @Test
    void shouldRefuseWeightGradientsOutOfOrder() {
        List<List<StageAction>> lists = mutable(new GPipeSchedule().allActions(1, 2));
        Collections.swap(lists.get(0), 2, 3);
        assertRefused(lists, 2, "ascending order of microbatches");
    }

    @Test
    void shouldRefuseStagesThatOrderMicrobatchesDifferently() {
        List<List<StageAction>> lists = mutable(new ForwardOnlySchedule().allActions(2, 2));
        Collections.swap(lists.get(1), 0, 1);
        assertRefused(lists, 2, "stage 1 expects microbatch 1 at F1");
    }

    @Test
    void shouldRefuseAnActivationThatNobodyTakes() {
        List<List<StageAction>> lists = mutable(new ForwardOnlySchedule().allActions(2, 2));
        var simulation =
                new ScheduleSimulation(List.of(lists.get(0), lists.get(1).subList(0, 1)), ActionCosts.unit(), 4);
        assertThatThrownBy(simulation::run)
                .isInstanceOf(InvalidScheduleException.class)
                .hasMessageContaining("stage 1 is sent the activation of microbatch 1");
    }

    @Test
    void shouldFindTheDeadlockThatOnlyFewReceiveBuffersCause() {
        // stage 0 sends four activations before it takes a gradient, stage 1 gives a gradient for each
        List<StageAction> greedy = List.of(
                forward(0), forward(1), forward(2), forward(3), backward(0), backward(1), backward(2), backward(3));
        List<StageAction> eager = List.of(
                forward(0), backward(0), forward(1), backward(1), forward(2), backward(2), forward(3), backward(3));
        assertThat(ScheduleValidator.validate(List.of(greedy, eager), 4, ActionCosts.unit(), 1)
                        .makespan())
                .isPositive();
        assertRefused(List.of(greedy, eager), 4, 0, "waits for a free receive buffer");
    }

    private static StageAction forward(int m) {
        return new StageAction.Forward(new MicrobatchId(m));
    }

    private static StageAction backward(int m) {
        return new StageAction.Backward(new MicrobatchId(m));
    }

    private static List<List<StageAction>> lists(int numStages, int numMicrobatches) {
        return mutable(new OneForwardOneBackwardSchedule().allActions(numStages, numMicrobatches));
    }

    private static List<List<StageAction>> mutable(List<List<StageAction>> lists) {
        var copy = new ArrayList<List<StageAction>>();
        lists.forEach(list -> copy.add(new ArrayList<>(list)));
        return copy;
    }

    private static void assertRefused(List<List<StageAction>> lists, int numMicrobatches, String message) {
        assertRefused(lists, numMicrobatches, Integer.MAX_VALUE, message);
    }

    private static void assertRefused(
            List<List<StageAction>> lists, int numMicrobatches, int spareCredits, String message) {
        assertThatThrownBy(() -> ScheduleValidator.validate(lists, numMicrobatches, ActionCosts.unit(), spareCredits))
                .isInstanceOf(InvalidScheduleException.class)
                .hasMessageContaining(message);
    }
}
