package io.stagecraft.stages.run;

import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.AbortedException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/// One tensor-parallel rank of one stage: turns a [Phase] into calls, in order, and waits only for
/// arrivals.
///
/// - Thread: the rank's compute thread.
public final class StageRunner implements RankProgram {
    /// What the phases work on; closed with the runner, last first.
    record Parts(
            RankPurpose.Use use,
            PipelineWalk walk,
            TrainStepRun trainStep,
            EvaluateRun evaluate,
            ScoreRun score,
            GenerationRun generation,
            GradientReduction gradients,
            StageCheckpoint checkpoint) {}

    private final RankCoordinate rank;
    private final AbortSignal signal;
    private final Parts parts;
    private final List<AutoCloseable> owned;
    private PhaseRun run = new ImmediateRun("before the first phase", PhaseResult.Loaded::new);

    StageRunner(RankCoordinate rank, AbortSignal signal, Parts parts, List<AutoCloseable> owned) {
        this.rank = rank;
        this.signal = signal;
        this.parts = parts;
        this.owned = List.copyOf(owned);
    }

    @Override
    public void begin(Phase phase) {
        run = new ImmediateRun("begin of " + phase, PhaseResult.Loaded::new);
        guarded(() -> {
            run = start(phase);
            return run;
        });
    }

    @Override
    public Progress advance() {
        return guarded(() -> run.advance());
    }

    @Override
    public PhaseResult result() {
        return guarded(() -> run.result());
    }

    @Override
    public void close() {
        Resources.closeAll(owned);
    }

    private PhaseRun start(Phase phase) {
        return switch (phase) {
            case Phase.TrainStep step -> {
                requireTraining();
                yield parts.trainStep().begin(step);
            }
            case Phase.ApplyUpdate update -> new ImmediateRun("update of step " + update.step(), () -> apply(update));
            case Phase.Evaluate evaluate -> parts.evaluate().begin(evaluate);
            case Phase.Score score -> parts.score().begin(score);
            case Phase.Generate generate -> parts.generation().begin(generate);
            case Phase.Save(long step, Path directory) ->
                new ImmediateRun("checkpoint of step " + step, () -> {
                    parts.checkpoint().save(directory);
                    return new PhaseResult.Saved(step);
                });
            case Phase.Load load ->
                new ImmediateRun("loading " + load.directory(), () -> {
                    parts.checkpoint().load(load);
                    return new PhaseResult.Loaded();
                });
        };
    }

    private void requireTraining() {
        if (parts.use() != RankPurpose.Use.TRAINING) {
            throw new IllegalStateException(
                    "this rank was opened for " + parts.use() + " and has neither gradients nor moments to train with");
        }
    }

    private PhaseResult apply(Phase.ApplyUpdate update) {
        requireTraining();
        parts.gradients().update(update.learningRate(), update.gradientScale());
        return new PhaseResult.Updated(update.step());
    }

    private <T> T guarded(Supplier<T> program) {
        try {
            signal.check();
            return program.get();
        } catch (AbortedException | RankFailure e) {
            throw e; // says who and why already
        } catch (RuntimeException | Error e) {
            // an error too: memory that is not there is thrown as one, and only here is its place known
            throw new RankFailure(rank, run.place(), e);
        }
    }
}
