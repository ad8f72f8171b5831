package io.stagecraft.stages.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Runs the lists of all stages against each other: a stage waits for its input and, after an action, for a
/// free receive buffer of its neighbour, exactly as the runner does.
///
/// Times do not depend on the order in which stages are stepped, because every action starts at the latest
/// of what it waits for.
final class ScheduleSimulation {
    /// When an action ran.
    record Timed(StageAction action, double start, double end) {}

    private static final int NOTHING = -1;

    private final List<List<StageAction>> lists;
    private final ActionCosts costs;
    private final SimulatedLink[] forward;
    private final SimulatedLink[] backward;
    private final List<List<Timed>> timeline = new ArrayList<>();
    private final int[] unsent; // index of the action whose output waits for room, or NOTHING
    private final double[] now;
    private final int[][] clock;

    ScheduleSimulation(List<List<StageAction>> lists, ActionCosts costs, int credits) {
        if (credits < 1) {
            throw new IllegalArgumentException("a link needs at least one receive buffer but has " + credits);
        }
        this.lists = lists;
        this.costs = costs;
        int numStages = lists.size();
        forward = new SimulatedLink[numStages - 1];
        backward = new SimulatedLink[numStages - 1];
        for (int i = 0; i < numStages - 1; i++) {
            forward[i] = new SimulatedLink(i + 1, credits);
            backward[i] = new SimulatedLink(i, credits);
        }
        unsent = new int[numStages];
        Arrays.fill(unsent, NOTHING);
        now = new double[numStages];
        clock = new int[numStages][numStages];
        lists.forEach(_ -> timeline.add(new ArrayList<>()));
    }

    /// Runs to the end, or throws [InvalidScheduleException] naming the cycle of waits.
    void run() {
        boolean progress = true;
        while (progress) {
            progress = false;
            for (int stage = 0; stage < lists.size(); stage++) {
                while (step(stage)) {
                    progress = true;
                }
            }
        }
        for (int stage = 0; stage < lists.size(); stage++) {
            if (!isFinished(stage)) {
                throw new InvalidScheduleException("the schedule stops before its end: " + waitsFrom(stage));
            }
        }
        checkAllTaken(forward, "activation");
        checkAllTaken(backward, "gradient");
    }

    List<List<Timed>> timeline() {
        return timeline;
    }

    List<Integer> neededForwardCredits() {
        return Arrays.stream(forward).map(SimulatedLink::neededCredits).toList();
    }

    List<Integer> neededBackwardCredits() {
        return Arrays.stream(backward).map(SimulatedLink::neededCredits).toList();
    }

    private boolean step(int stage) {
        if (unsent[stage] != NOTHING) {
            return trySend(stage, lists.get(stage).get(unsent[stage]));
        }
        return next(stage) < lists.get(stage).size() && tryStart(stage);
    }

    private boolean tryStart(int stage) {
        StageAction action = lists.get(stage).get(next(stage));
        double start = now[stage];
        if (hasInput(stage, action)) {
            SimulatedLink input = input(stage, action);
            if (!input.hasArrival()) {
                return false;
            }
            if (!input.nextMicrobatch().equals(action.microbatch())) {
                throw new InvalidScheduleException("stage " + stage + " expects microbatch " + action.microbatch()
                        + " at " + action.label() + ", but the next message on its link is for microbatch "
                        + input.nextMicrobatch() + ": sender and receiver order microbatches differently");
            }
            start = Math.max(start, input.nextArrivalTime());
            int[] sender = input.take(start);
            for (int s = 0; s < sender.length; s++) {
                clock[stage][s] = Math.max(clock[stage][s], sender[s]);
            }
        }
        clock[stage][stage]++;
        now[stage] = start + costs.of(action);
        timeline.get(stage).add(new Timed(action, start, now[stage]));
        if (hasOutput(stage, action)) {
            unsent[stage] = next(stage) - 1;
        }
        return true;
    }

    private boolean trySend(int stage, StageAction action) {
        SimulatedLink output = output(stage, action);
        if (!output.hasCredit()) {
            return false;
        }
        now[stage] = output.creditTime(now[stage]);
        int receiver = output.receiver();
        output.send(action.microbatch(), now[stage], clock[stage].clone(), takes(receiver, output, clock[stage]));
        unsent[stage] = NOTHING;
        return true;
    }

    private int takes(int receiver, SimulatedLink link, int[] senderClock) {
        int takes = 0;
        for (StageAction action : lists.get(receiver).subList(0, senderClock[receiver])) {
            takes += hasInput(receiver, action) && input(receiver, action) == link ? 1 : 0;
        }
        return takes;
    }

    private int next(int stage) {
        return timeline.get(stage).size();
    }

    private boolean isFinished(int stage) {
        return unsent[stage] == NOTHING && next(stage) == lists.get(stage).size();
    }

    private boolean hasInput(int stage, StageAction action) {
        return action instanceof StageAction.Forward ? stage > 0 : action.movesGradient() && stage < lists.size() - 1;
    }

    private boolean hasOutput(int stage, StageAction action) {
        return action instanceof StageAction.Forward ? stage < lists.size() - 1 : action.movesGradient() && stage > 0;
    }

    private SimulatedLink input(int stage, StageAction action) {
        return action instanceof StageAction.Forward ? forward[stage - 1] : backward[stage];
    }

    private SimulatedLink output(int stage, StageAction action) {
        return action instanceof StageAction.Forward ? forward[stage] : backward[stage - 1];
    }

    private String waitsFrom(int stuck) {
        var waits = new StringBuilder();
        var seen = new boolean[lists.size()];
        int stage = stuck;
        while (!seen[stage] && !isFinished(stage)) {
            seen[stage] = true;
            boolean sending = unsent[stage] != NOTHING;
            StageAction action = lists.get(stage).get(sending ? unsent[stage] : next(stage));
            boolean isForward = action instanceof StageAction.Forward;
            int other = isForward == sending ? stage + 1 : stage - 1;
            waits.append("stage ").append(stage);
            waits.append(sending ? " after " : " at ").append(action.label());
            waits.append(sending ? " waits for a free receive buffer of stage " : " waits for stage ");
            waits.append(other).append("; ");
            stage = other;
        }
        return waits.append("stage ")
                .append(stage)
                .append(isFinished(stage) ? " has finished its list" : " closes the cycle")
                .toString();
    }

    private static void checkAllTaken(SimulatedLink[] links, String what) {
        for (SimulatedLink link : links) {
            if (link.numUntaken() > 0) {
                throw new InvalidScheduleException("stage " + link.receiver() + " is sent the " + what
                        + " of microbatch " + link.nextMicrobatch() + " but its list never takes it");
            }
        }
    }
}
