package io.stagecraft.actors.train;

import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.topology.RankCoordinate;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The life of one rank's program: opened once, one phase after another, closed once; whatever is
/// thrown becomes an answer. [TensorParallelActor] only turns messages into these calls.
///
/// After a failure the program stays open, because other ranks may still read memory that it
/// offered in a collective; it is closed when all ranks are quiet.
///
/// Thread: the rank's compute thread, of which this is the root.
final class RankSession {
    private static final Logger LOG = LoggerFactory.getLogger(RankSession.class);

    private sealed interface State {
        record Unopened() implements State {}

        record Idle(RankProgram program) implements State {}

        record Busy(RankProgram program, Phase phase) implements State {}

        record Broken(RankProgram program) implements State {}

        record Closed() implements State {}
    }

    private final RankCoordinate rank;
    private final RankFactory factory;
    private final Runnable onArrival;
    private State state = new State.Unopened();

    RankSession(RankCoordinate rank, RankFactory factory, Runnable onArrival) {
        this.rank = rank;
        this.factory = factory;
        this.onArrival = onArrival;
    }

    /// Opens the program.
    RankAnswer open() {
        try {
            state = new State.Idle(factory.open(rank, onArrival));
            return new RankAnswer.Opened();
        } catch (Throwable thrown) {
            state = new State.Closed();
            return failed("opening", thrown);
        }
    }

    /// Begins `phase` and runs what can be run; empty while it waits for an arrival, and when the
    /// rank has failed already.
    Optional<RankAnswer> run(Phase phase) {
        return switch (state) {
            case State.Idle(RankProgram program) -> {
                state = new State.Busy(program, phase);
                yield advance(program, phase, () -> program.begin(phase));
            }
            case State.Busy(RankProgram program, Phase running) -> {
                state = new State.Broken(program);
                var misuse = new IllegalStateException("was asked to run `" + PhaseName.of(phase)
                        + "` before it had finished; the coordinator waits for every stage's answer first");
                yield Optional.of(failed(PhaseName.of(running), misuse));
            }
            case State.Unopened _, State.Broken _, State.Closed _ -> Optional.empty();
        };
    }

    /// Runs what can be run now that something arrived; empty while the phase waits, and when no
    /// phase runs: then the next one finds the arrival.
    Optional<RankAnswer> arrived() {
        return switch (state) {
            case State.Busy(RankProgram program, Phase phase) -> advance(program, phase, () -> {});
            case State.Unopened _, State.Idle _, State.Broken _, State.Closed _ -> Optional.empty();
        };
    }

    /// Gives up the phase under way, if any. The program stays open and runs nothing any more.
    RankAnswer.Quiet abandon() {
        return switch (state) {
            case State.Idle(RankProgram program) -> {
                state = new State.Broken(program);
                yield new RankAnswer.Quiet("");
            }
            case State.Busy(RankProgram program, Phase phase) -> {
                state = new State.Broken(program);
                yield new RankAnswer.Quiet(rank + ", " + PhaseName.of(phase));
            }
            case State.Unopened _, State.Broken _, State.Closed _ -> new RankAnswer.Quiet("");
        };
    }

    /// Closes the program if it is open.
    void close() {
        State before = state;
        state = new State.Closed();
        switch (before) {
            case State.Idle(RankProgram program) -> program.close();
            case State.Busy(RankProgram program, Phase _) -> program.close();
            case State.Broken(RankProgram program) -> program.close();
            case State.Unopened _, State.Closed _ -> LOG.debug("{} has no open program", rank);
        }
    }

    private Optional<RankAnswer> advance(RankProgram program, Phase phase, Runnable first) {
        try {
            first.run();
            return switch (program.advance()) {
                case WAITING -> Optional.empty();
                case DONE -> {
                    RankAnswer answer = new RankAnswer.Done(program.result());
                    state = new State.Idle(program);
                    yield Optional.of(answer);
                }
            };
        } catch (Throwable thrown) {
            return Optional.of(brokenBy(thrown, program, phase));
        }
    }

    private RankAnswer brokenBy(Throwable thrown, RankProgram program, Phase phase) {
        if (phase instanceof Phase.Save && isAboutFiles(thrown)) {
            state = new State.Idle(program);
            return new RankAnswer.NotSaved(
                    rank + ": " + Fault.of(rank, "save", thrown).cause());
        }
        state = new State.Broken(program);
        return failed(PhaseName.of(phase), thrown);
    }

    private RankAnswer.Failed failed(String place, Throwable thrown) {
        Fault fault = Fault.of(rank, place, thrown);
        switch (fault.kind()) {
            case OWN -> LOG.error("{}: {}", fault.where(), fault.cause(), thrown);
            case FOLLOWER -> LOG.debug("{}: stopped: {}", fault.where(), fault.cause());
        }
        return new RankAnswer.Failed(fault);
    }

    private static boolean isAboutFiles(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
                .anyMatch(at -> at instanceof IOException || at instanceof UncheckedIOException);
    }
}
