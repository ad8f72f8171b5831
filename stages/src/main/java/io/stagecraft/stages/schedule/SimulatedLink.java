package io.stagecraft.stages.schedule;

import java.util.ArrayList;
import java.util.List;

/// A one-way link between two neighbouring stages in a [ScheduleSimulation]: messages in order, a
/// bounded number of them between send and release. Between take and release the receiver holds a
/// message, in the buffer in which it arrived.
final class SimulatedLink {
    private record Message(MicrobatchId microbatch, double time, int[] clock) {}

    private final int receiver;
    private final int credits;
    private final List<Message> sent = new ArrayList<>();
    private final List<Double> releaseTimes = new ArrayList<>();
    private int numTaken;
    private int neededCredits;

    SimulatedLink(int receiver, int credits) {
        this.receiver = receiver;
        this.credits = credits;
    }

    int receiver() {
        return receiver;
    }

    boolean hasArrival() {
        return sent.size() > numTaken;
    }

    boolean hasCredit() {
        return sent.size() - releaseTimes.size() < credits;
    }

    MicrobatchId nextMicrobatch() {
        return sent.get(numTaken).microbatch();
    }

    double nextArrivalTime() {
        return sent.get(numTaken).time();
    }

    /// When a sender that is ready at `time` finds room.
    double creditTime(double time) {
        int before = sent.size() - credits;
        return before < 0 ? time : Math.max(time, releaseTimes.get(before));
    }

    /// `clock[s]`: how many actions of stage `s` have started before this message is sent, whatever
    /// the speeds; `releasesBefore`: how many messages of this link the receiver has released by
    /// then.
    void send(MicrobatchId microbatch, double time, int[] clock, int releasesBefore) {
        sent.add(new Message(microbatch, time, clock));
        neededCredits = Math.max(neededCredits, sent.size() - releasesBefore);
    }

    /// Takes the next message; returns the sender's clock.
    int[] take() {
        return sent.get(numTaken++).clock();
    }

    /// Gives a buffer back at `time`.
    void release(double time) {
        releaseTimes.add(time);
    }

    int numUntaken() {
        return sent.size() - numTaken;
    }

    /// Buffers with which no sender ever waits, whatever the speeds of the stages, or as many as
    /// there are.
    int usedCredits() {
        return Math.min(neededCredits, credits);
    }
}
