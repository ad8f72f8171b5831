package io.stagecraft.stages.schedule;

import java.util.ArrayList;
import java.util.List;

/// A one-way link between two neighbouring stages in a [ScheduleSimulation]: messages in order, a bounded
/// number of them between send and take.
final class SimulatedLink {
    private record Message(MicrobatchId microbatch, double time, int[] clock) {}

    private final int receiver;
    private final int credits;
    private final List<Message> sent = new ArrayList<>();
    private final List<Double> takeTimes = new ArrayList<>();
    private int neededCredits;

    SimulatedLink(int receiver, int credits) {
        this.receiver = receiver;
        this.credits = credits;
    }

    int receiver() {
        return receiver;
    }

    boolean hasArrival() {
        return sent.size() > takeTimes.size();
    }

    boolean hasCredit() {
        return sent.size() - takeTimes.size() < credits;
    }

    MicrobatchId nextMicrobatch() {
        return sent.get(takeTimes.size()).microbatch();
    }

    double nextArrivalTime() {
        return sent.get(takeTimes.size()).time();
    }

    /// When a sender that is ready at `time` finds room.
    double creditTime(double time) {
        int before = sent.size() - credits;
        return before < 0 ? time : Math.max(time, takeTimes.get(before));
    }

    /// `clock[s]`: how many actions of stage `s` have started before this message is sent, whatever the
    /// speeds; `takesBefore`: how many of the receiver's are takes from this link.
    void send(MicrobatchId microbatch, double time, int[] clock, int takesBefore) {
        sent.add(new Message(microbatch, time, clock));
        neededCredits = Math.max(neededCredits, sent.size() - takesBefore);
    }

    /// Takes the next message at `time`; returns the sender's clock.
    int[] take(double time) {
        int[] clock = sent.get(takeTimes.size()).clock();
        takeTimes.add(time);
        return clock;
    }

    int numUntaken() {
        return sent.size() - takeTimes.size();
    }

    /// Buffers with which no sender ever waits, whatever the speeds of the stages.
    int neededCredits() {
        return neededCredits;
    }
}
