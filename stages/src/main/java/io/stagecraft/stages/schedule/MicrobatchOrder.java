package io.stagecraft.stages.schedule;

import java.util.List;

/// Checks one stage's list by itself: every microbatch once forward and once backward, in a legal
/// order.
final class MicrobatchOrder {
    private static final int NEW = 0;
    private static final int FORWARD_DONE = 1;
    private static final int INPUT_DONE = 2;
    private static final int ALL_DONE = 3;

    private final int stage;
    private final int[] state;
    private int lastGradientInput = -1;
    private int lastGradientWeight = -1;

    private MicrobatchOrder(int stage, int numMicrobatches) {
        this.stage = stage;
        this.state = new int[numMicrobatches];
    }

    static void check(int stage, List<StageAction> actions, int numMicrobatches) {
        var order = new MicrobatchOrder(stage, numMicrobatches);
        actions.forEach(order::walk);
        int end =
                actions.stream().anyMatch(action -> !(action instanceof StageAction.Forward)) ? ALL_DONE : FORWARD_DONE;
        for (int m = 0; m < numMicrobatches; m++) {
            if (order.state[m] != end) {
                throw new InvalidScheduleException("stage " + stage + " leaves microbatch " + m + " "
                        + (order.state[m] == NEW ? "without forward" : "without its whole backward"));
            }
        }
    }

    private void walk(StageAction action) {
        int m = action.microbatch().index();
        if (m >= state.length) {
            throw wrong(action, "there are only " + state.length + " microbatches");
        }
        switch (action) {
            case StageAction.Forward _ -> move(action, NEW, FORWARD_DONE);
            case StageAction.Backward _ -> {
                move(action, FORWARD_DONE, ALL_DONE);
                lastGradientInput = ascending(action, lastGradientInput);
                lastGradientWeight = ascending(action, lastGradientWeight);
            }
            case StageAction.BackwardInput _ -> {
                move(action, FORWARD_DONE, INPUT_DONE);
                lastGradientInput = ascending(action, lastGradientInput);
            }
            case StageAction.BackwardWeight _ -> {
                move(action, INPUT_DONE, ALL_DONE);
                lastGradientWeight = ascending(action, lastGradientWeight);
            }
        }
    }

    private void move(StageAction action, int from, int to) {
        int m = action.microbatch().index();
        if (state[m] != from) {
            throw wrong(action, state[m] < from ? "it comes too early" : "it was done before");
        }
        state[m] = to;
    }

    private int ascending(StageAction action, int last) {
        if (action.microbatch().index() < last) {
            throw wrong(
                    action,
                    "it comes after microbatch " + last
                            + ", but weight gradients add in ascending order of microbatches");
        }
        return action.microbatch().index();
    }

    private InvalidScheduleException wrong(StageAction action, String why) {
        return new InvalidScheduleException("stage " + stage + " cannot run " + action.label() + ": " + why);
    }
}
