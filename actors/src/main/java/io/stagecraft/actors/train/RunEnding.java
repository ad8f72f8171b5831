package io.stagecraft.actors.train;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Collects why a run ends and who has still to come to rest.
///
/// The outcome names the first rank that failed by itself. Ranks whose waits were ended by the
/// abort are followers, whichever message came first; if there are only followers, the abort's own
/// reason is the cause.
///
/// Thread: one.
final class RunEnding {
    private final Set<StagePlace> loud;
    private final Set<StagePlace> alive;
    private final List<Fault> own = new ArrayList<>();
    private final List<Fault> followers = new ArrayList<>();
    private final List<String> unfinished = new ArrayList<>();
    private final List<Integer> signals = new ArrayList<>();
    private final List<String> pauses = new ArrayList<>();

    /// Nobody has failed; all `places` run.
    RunEnding(List<StagePlace> places) {
        this.loud = new HashSet<>(places);
        this.alive = new HashSet<>(places);
    }

    /// A rank failed, or a follower was stopped.
    void failed(Fault fault) {
        switch (fault.kind()) {
            case OWN -> addUnlessTold(fault);
            case FOLLOWER -> followers.add(fault);
        }
    }

    private void addUnlessTold(Fault fault) {
        if (!own.contains(fault)) {
            own.add(fault);
        }
    }

    /// Somebody asked for the end.
    void interrupted(int signal) {
        signals.add(signal);
    }

    /// The configuration asked for the end, and it comes in order.
    void paused(String reason) {
        pauses.add(reason);
    }

    /// No rank of `place` runs anything any more.
    void quiet(StagePlace place, List<String> unfinishedRanks) {
        loud.remove(place);
        unfinished.addAll(unfinishedRanks);
    }

    /// The stage's actor ended.
    void stopped(StagePlace place) {
        loud.remove(place);
        alive.remove(place);
    }

    /// Whether the run has a reason to end early.
    boolean isBroken() {
        return !own.isEmpty() || !followers.isEmpty() || !signals.isEmpty();
    }

    /// Why, in one line, for those that are told to stop.
    String reason() {
        if (!own.isEmpty()) {
            return own.getFirst().where() + ": " + own.getFirst().cause();
        }
        return signals.isEmpty() ? followers.getFirst().cause() : "stopped by signal " + signals.getFirst();
    }

    /// Whether no rank runs anything any more.
    boolean isQuiet() {
        return loud.isEmpty();
    }

    /// Whether all stages ended.
    boolean isOver() {
        return alive.isEmpty();
    }

    /// Stages that have not ended.
    List<StagePlace> stillAlive() {
        return List.copyOf(alive);
    }

    /// How the run ended after `iteration` steps. A failure that came after a signal is a
    /// consequence.
    RunOutcome outcome(long iteration) {
        if (!signals.isEmpty()) {
            return new RunOutcome.Interrupted(iteration, signals.getFirst());
        }
        if (own.isEmpty() && followers.isEmpty()) {
            return pauses.isEmpty()
                    ? new RunOutcome.Completed(iteration)
                    : new RunOutcome.Paused(iteration, pauses.getFirst());
        }
        Fault first = own.isEmpty() ? followers.getFirst() : own.getFirst();
        var others = new ArrayList<String>();
        own.stream().skip(1).map(fault -> fault.where() + ": " + fault.cause()).forEach(others::add);
        followers.stream().filter(fault -> fault != first).map(Fault::where).forEach(others::add);
        others.addAll(unfinished);
        return new RunOutcome.Failed(iteration, first.where(), first.cause(), List.copyOf(others));
    }
}
