package io.stagecraft.stages.schedule;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Runs the lists of all stages against each other: a stage waits for its input and, after an
/// action, for a free receive buffer of its neighbour, exactly as the runner does. What a stage has
/// taken it reads where it arrived, so that the buffer is free again when the microbatch ends
/// there.
///
/// Times do not depend on the order in which stages are stepped, because every action starts at the
/// latest of what it waits for.
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

    /// `spareCredits`: receive buffers of a link beyond the most that its receiver holds at one
    /// time.
    ScheduleSimulation(List<List<StageAction>> lists, ActionCosts costs, int spareCredits) {
        if (spareCredits < 0) {
            throw new IllegalArgumentException("spare receive buffers must be >= 0 but are " + spareCredits);
        }
        this.lists = lists;
        this.costs = costs;
        int numStages = lists.size();
        forward = new SimulatedLink[numStages - 1];
        backward = new SimulatedLink[numStages - 1];
        for (int i = 0; i < numStages - 1; i++) {
            forward[i] = new SimulatedLink(i + 1, credits(InFlight.most(lists.get(i + 1)), spareCredits));
            backward[i] = new SimulatedLink(i, credits(InFlight.mostGradients(lists.get(i)), spareCredits));
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

    List<Integer> forwardCredits() {
        return Arrays.stream(forward).map(SimulatedLink::usedCredits).toList();
    }

    List<Integer> backwardCredits() {
        return Arrays.stream(backward).map(SimulatedLink::usedCredits).toList();
    }

    private static int credits(int held, int spare) {
        return (int) Math.min(Integer.MAX_VALUE, (long) held + spare);
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
            int[] sender = input.take();
            for (int s = 0; s < sender.length; s++) {
                clock[stage][s] = Math.max(clock[stage][s], sender[s]);
            }
        }
        clock[stage][stage]++;
        now[stage] = start + costs.of(action);
        timeline.get(stage).add(new Timed(action, start, now[stage]));
        if (hasOutput(stage, action)) {
            unsent[stage] = next(stage) - 1;
        } else {
            release(stage, action);
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
        output.send(action.microbatch(), now[stage], clock[stage].clone(), releases(receiver, clock[stage]));
        unsent[stage] = NOTHING;
        release(stage, action);
        return true;
    }

    private void release(int stage, StageAction action) {
        if (!endsMicrobatch(stage, action)) {
            return;
        }
        if (stage > 0) {
            forward[stage - 1].release(now[stage]);
        }
        if (stage < lists.size() - 1 && InFlight.keepsActivations(lists.get(stage))) {
            backward[stage].release(now[stage]);
        }
    }

    /// Messages of each link that the receiver has released before the last action of which the
    /// sender knows that it has begun: of that one it knows no more.
    private int releases(int receiver, int[] senderClock) {
        int numEnded = Math.max(0, senderClock[receiver] - 1);
        int releases = 0;
        for (StageAction action : lists.get(receiver).subList(0, numEnded)) {
            releases += endsMicrobatch(receiver, action) ? 1 : 0;
        }
        return releases;
    }

    private boolean endsMicrobatch(int stage, StageAction action) {
        return InFlight.keepsActivations(lists.get(stage))
                ? action.endsBackward()
                : action instanceof StageAction.Forward;
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
