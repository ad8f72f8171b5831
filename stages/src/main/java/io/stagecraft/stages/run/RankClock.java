package io.stagecraft.stages.run;

/// Adds up where a rank's time goes in one step.
final class RankClock {
    private final RankGroups groups;
    private final Neighbour previous;
    private final Neighbour next;

    RankClock(RankGroups groups, Neighbour previous, Neighbour next) {
        this.groups = groups;
        this.previous = previous;
        this.next = next;
    }

    /// Forgets what came before the step.
    void begin() {
        takeCollectiveNanos();
        takeSendNanos();
    }

    /// The step's times so far.
    RankTiming timing(PipelineWalk walk) {
        long inWalk = groups.tensor().takeNanos();
        long collective =
                inWalk + groups.data().takeNanos() + groups.embedding().takeNanos();
        long send = takeSendNanos();
        return new RankTiming(walk.busyNanos() - inWalk - send, collective, walk.waitNanos(), send);
    }

    private void takeCollectiveNanos() {
        groups.tensor().takeNanos();
        groups.data().takeNanos();
        groups.embedding().takeNanos();
    }

    private long takeSendNanos() {
        return previous.takeSendNanos() + next.takeSendNanos();
    }
}
