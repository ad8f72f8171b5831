package io.stagecraft.actors.train;

import io.stagecraft.stages.run.PhaseResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/// The life of a run as the coordinator sees it: stages get ready, the [TrainingLoop] goes its way,
/// and the run ends in order whatever happens.
///
/// The end has two parts, because a rank may still read memory that another offered in a
/// collective: first every rank comes to rest, then all close.
///
/// Thread: one at a time.
final class RunControl {
    private enum Mode {
        PLACING,
        OPENING,
        RUNNING,
        ABANDONING,
        STOPPING,
        ENDED
    }

    private final TrainingLoop loop;
    private final Crew crew;
    private final RunEnding ending;
    private final Gather<StagePlace, StageReport> ready;
    private final Gather<StagePlace, StageReport> answers;
    private final List<Integer> leavingFor = new ArrayList<>(1);
    private Mode mode = Mode.PLACING;

    RunControl(List<StagePlace> places, TrainingLoop loop, Crew crew) {
        this.loop = loop;
        this.crew = crew;
        this.ending = new RunEnding(places);
        this.ready = new Gather<>(places);
        this.answers = new Gather<>(places);
    }

    /// All stages exist; they may have reported already.
    void placed() {
        mode = Mode.OPENING;
        if (ending.isBroken()) {
            abandon();
        } else {
            startIfReady();
        }
    }

    /// There will be no stages.
    void notPlaced(String reason) {
        ending.failed(new Fault("placement", reason, Fault.Kind.OWN));
        mode = Mode.ENDED;
        crew.ended(RunEnd.clean(ending.outcome(loop.iteration())));
    }

    /// A stage reports.
    void reported(StageReport report) {
        switch (report) {
            case StageReport.Ready _ -> {
                ready.add(report.place(), report);
                startIfReady();
            }
            case StageReport.Done _, StageReport.NotSaved _ -> answered(report);
            case StageReport.Failed(StagePlace _, Fault fault) -> failed(fault);
            case StageReport.Quiet(StagePlace place, List<String> unfinished) -> {
                ending.quiet(place, unfinished);
                stopIfQuiet();
            }
        }
    }

    /// A stage's actor ended, or its JVM is gone.
    void stageStopped(StagePlace place) {
        ending.stopped(place);
        switch (mode) {
            case PLACING, OPENING, RUNNING ->
                failed(new Fault(place.toString(), "the stage or its JVM is gone; see its log", Fault.Kind.OWN));
            case ABANDONING -> stopIfQuiet();
            case STOPPING -> endIfOver();
            case ENDED -> {}
        }
    }

    /// What became of a checkpoint.
    void checkpointAnswered(Supplier<Directive> next) {
        switch (mode) {
            case RUNNING -> goOn(next);
            // what was committed while the run ends is told; it changes nothing any more
            case ABANDONING -> next.get();
            case STOPPING -> {
                next.get();
                endIfOver();
            }
            case PLACING, OPENING, ENDED -> {}
        }
    }

    /// The loop, to be told what became of a checkpoint.
    TrainingLoop loop() {
        return loop;
    }

    /// Somebody wants the run to end. One that trains finishes its step and saves, others stop
    /// where they are.
    void interrupt(int signal) {
        switch (mode) {
            case PLACING -> ending.interrupted(signal);
            case OPENING -> abandonFor(signal);
            case RUNNING -> {
                if (loop.leave(signal)) {
                    leavingFor.add(signal);
                    crew.leaveInTime();
                } else {
                    abandonFor(signal);
                }
            }
            case ABANDONING, STOPPING, ENDED -> {}
        }
    }

    /// The time for the step that was to be finished and for its checkpoint is over. Whether it was
    /// needed.
    boolean leaveNow() {
        boolean isLate = mode == Mode.RUNNING && !leavingFor.isEmpty();
        if (isLate) {
            abandonFor(leavingFor.getFirst());
        }
        return isLate;
    }

    private void abandonFor(int signal) {
        ending.interrupted(signal);
        abandon();
    }

    /// The step that runs now takes longer than the end of a run may; says who is late.
    String hurry() {
        String late = ending.stillAlive().toString();
        switch (mode) {
            case ABANDONING -> stopStages();
            case STOPPING -> end();
            case PLACING, OPENING, RUNNING, ENDED -> {}
        }
        return late;
    }

    private void startIfReady() {
        if (mode == Mode.OPENING && ready.isComplete()) {
            mode = Mode.RUNNING;
            goOn(loop::start);
        }
    }

    private void answered(StageReport report) {
        if (mode != Mode.RUNNING || !answers.add(report.place(), report)) {
            return;
        }
        List<StageReport> reports = answers.take();
        var results = new ArrayList<PhaseResult>();
        var reasons = new ArrayList<String>();
        for (StageReport one : reports) {
            switch (one) {
                case StageReport.Done(StagePlace _, PhaseResult result) -> results.add(result);
                case StageReport.NotSaved(StagePlace _, String reason) -> reasons.add(reason);
                case StageReport.Ready _, StageReport.Failed _, StageReport.Quiet _ ->
                    throw new IllegalStateException("not an answer to a phase: " + one);
            }
        }
        if (reasons.isEmpty()) {
            goOn(() -> loop.answered(results));
        } else {
            crew.discardCheckpoint(loop.iteration());
            goOn(() -> loop.notSaved(String.join("; ", reasons)));
        }
    }

    /// What the loop throws ends the run like the failure of a rank.
    private void goOn(Supplier<Directive> next) {
        try {
            carryOut(next.get());
        } catch (RuntimeException failure) {
            failed(new Fault("coordinator, step " + loop.iteration(), failure.toString(), Fault.Kind.OWN));
        }
    }

    private void carryOut(Directive directive) {
        switch (directive) {
            case Directive.RunPhase run -> crew.run(run.phase());
            case Directive.PrepareCheckpoint prepare -> crew.prepareCheckpoint(prepare.step());
            case Directive.CommitCheckpoint(SavedState state) -> {
                crew.commitCheckpoint(state);
                goOn(loop::commitBegun);
            }
            case Directive.Wait _ -> {}
            case Directive.Finish _ -> stopStages();
            case Directive.Leave(Leaving why) -> leave(why);
            case Directive.GiveUp(String where, String cause) -> failed(new Fault(where, cause, Fault.Kind.OWN));
        }
    }

    private void leave(Leaving why) {
        switch (why) {
            case Leaving.BySignal(int signal) -> ending.interrupted(signal);
            case Leaving.AsPlanned(String reason) -> ending.paused(reason);
            case Leaving.Not _ -> {}
        }
        stopStages();
    }

    private void failed(Fault fault) {
        switch (mode) {
            case PLACING, ABANDONING -> ending.failed(fault);
            case OPENING, RUNNING -> {
                ending.failed(fault);
                abandon();
            }
            case STOPPING, ENDED -> {}
        }
    }

    private void abandon() {
        mode = Mode.ABANDONING;
        crew.abandon(ending.reason());
        stopIfQuiet();
    }

    private void stopIfQuiet() {
        if (mode == Mode.ABANDONING && ending.isQuiet()) {
            stopStages();
        }
    }

    private void stopStages() {
        mode = Mode.STOPPING;
        crew.stopStages();
        endIfOver();
    }

    private void endIfOver() {
        // What is being made durable is awaited too, as long as the ranks may take.
        if (mode == Mode.STOPPING && ending.isOver() && !loop.isCommitting()) {
            end();
        }
    }

    private void end() {
        mode = Mode.ENDED;
        crew.ended(new RunEnd(ending.outcome(loop.iteration()), ending.stillAlive()));
    }
}
