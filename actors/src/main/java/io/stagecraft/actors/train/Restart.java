package io.stagecraft.actors.train;

import io.stagecraft.actors.config.CheckpointConfig.OnDifference;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.megatron.SavedSchedule;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.GptSettings;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A training run's beginning, read from what it starts with.
///
/// @param job with the state that was read
/// @param description lines for the operator
record Restart(RunJob.Train job, List<String> description) {
    Restart {
        description = List.copyOf(description);
    }

    /// Reads the state that `start` goes on with.
    ///
    /// - Errors: [IllegalArgumentException] with every difference if a checkpoint belongs to
    ///   another run than `config` describes, or has no state of a run;
    ///   [io.stagecraft.model.checkpoint.CheckpointFormatException].
    static Restart of(Start start, StagecraftConfig config, RunSubject subject) {
        return switch (start) {
            case Start.Fresh _ -> new Restart(new RunJob.Train(start), List.of());
            case Start.FromModel(Path model) ->
                new Restart(new RunJob.Train(start), List.of("starts with the weights of " + model));
            case Start.Continue(Path model) -> continuing(start, model, config);
            case Start.Resume(Path checkpoint) -> resuming(start, checkpoint, config, subject);
        };
    }

    private static Restart continuing(Start start, Path model, StagecraftConfig config) {
        try (ModelSource source = ModelSources.open(model)) {
            List<String> differences = SavedSchedule.of(source).differences(config.optimizer());
            if (!differences.isEmpty() && config.checkpoint().onDifference() == OnDifference.REFUSE) {
                throw new IllegalArgumentException("the schedule saved in " + source.path()
                        + " is another one than this configuration's:\n  " + String.join("\n  ", differences)
                        + "\ncheckpoint.on-difference=accept (--override-opt_param-scheduler) goes on with the"
                        + " configuration's, start.take=weights (--finetune) begins anew with the weights");
            }
            LoopState from = LoopState.of(source.progress());
            var lines = new ArrayList<String>();
            lines.add("goes on from " + source.path() + ": " + standing(from, config));
            if (source.progress().numAdamSteps() == 0) {
                lines.add("it has no moments: those of Adam begin at 0");
            }
            differences.forEach(difference -> lines.add("goes on with another setting: " + difference));
            return new Restart(new RunJob.Train(start, from), lines);
        }
    }

    private static Restart resuming(Start start, Path checkpoint, StagecraftConfig config, RunSubject subject) {
        try (CheckpointReader reader = CheckpointStore.open(checkpoint)) {
            Manifest manifest = reader.manifest();
            Path folder = reader.folder();
            RunIdentity now = RunIdentity.of(config, subject);
            RunIdentity saved = RunIdentity.saved(manifest, folder);
            List<String> differences = now.differences(
                    manifest,
                    saved,
                    GptSettings.of(subject.model()),
                    subject.tokenizer().settings());
            if (!differences.isEmpty() && config.checkpoint().onDifference() == OnDifference.REFUSE) {
                throw new IllegalArgumentException("the checkpoint " + folder + " is of another run than this"
                        + " configuration describes:\n  " + String.join("\n  ", differences)
                        + "\nrun.name=OTHER starts a run of its own, checkpoint.resume=never starts this one anew,"
                        + " checkpoint.on-difference=accept goes on with what holds now");
            }
            LoopState from = state(manifest, folder);
            var lines = new ArrayList<String>();
            lines.add("goes on from " + folder + ": " + standing(from, config));
            differences.forEach(difference -> lines.add("goes on with another setting: " + difference));
            now.otherLength(saved)
                    .ifPresent(steps -> lines.add("the run was of " + steps + " steps and is of "
                            + config.train().trainIters() + " now; the learning rate follows the new length"));
            if (from.iteration() >= config.train().trainIters()) {
                lines.add("the run is complete; a larger train.train-iters trains on, another run.name starts a run"
                        + " of its own, checkpoint.resume=never starts this one anew");
            }
            return new Restart(new RunJob.Train(new Start.Resume(folder), from), lines);
        }
    }

    private static LoopState state(Manifest manifest, Path folder) {
        LoopState state;
        try {
            state = LoopState.restore(manifest.section(Manifest.Section.STATE));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException(
                    "the manifest of the checkpoint " + folder + " does not say where the run stood: "
                            + wrong.getMessage(),
                    wrong);
        }
        if (state.iteration() != manifest.position().step()) {
            throw new IllegalArgumentException("the manifest of the checkpoint " + folder + " contradicts itself: step "
                    + manifest.position().step() + ", but state.iteration " + state.iteration());
        }
        return state;
    }

    private static String standing(LoopState from, StagecraftConfig config) {
        return String.format(
                Locale.ROOT,
                "%,d of %,d steps done, %,d samples consumed",
                from.iteration(),
                config.train().trainIters(),
                from.consumedTrainSamples());
    }
}
