package io.stagecraft.actors.train;

import io.stagecraft.actors.config.ConfigOutcome;
import io.stagecraft.actors.config.ConfigRequest;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.config.TrainConfigReader;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.LearningRateSchedule;
import io.stagecraft.stages.generation.GeneratedText;
import io.stagecraft.stages.generation.GenerationMethod;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.generation.StopRule;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.TokenChoice;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Small neighbours of the classes under test.
final class Fakes {
    private Fakes() {}

    /// Three steps of eight samples, evaluation after the second and the third, checkpoints likewise.
    static RunSetting setting(ParallelTopology topology, RunJob job) {
        return setting(topology, job, 3);
    }

    /// As above with another number of steps.
    static RunSetting setting(ParallelTopology topology, RunJob job, int numSteps) {
        return setting(topology, job, new TrainConfig(numSteps, 1, 8, 1, 2, 4));
    }

    /// As above with other steps and intervals.
    static RunSetting setting(ParallelTopology topology, RunJob job, TrainConfig train) {
        return setting(topology, job, train, 0);
    }

    /// As above with as many samples of a test part.
    static RunSetting setting(ParallelTopology topology, RunJob job, TrainConfig train, int testSamples) {
        var cost = new TrainingPlan.StepCost(800, 1e6);
        var rate = new LearningRateSchedule(1, 0, 1000, 2000, LearningRateSchedule.Decay.CONSTANT);
        var plan = new TrainingPlan(train, testSamples, 2, rate, new GradientClipping(1.0), cost, 1.0);
        return new RunSetting(plan, topology, job, new TwoTokens());
    }

    /// The defaults with `overrides`, seen from `folder`.
    static StagecraftConfig settings(Path folder, String... overrides) {
        var request =
                new ConfigRequest(folder, Path.of("none.conf"), ConfigRequest.Presence.OPTIONAL, List.of(overrides));
        return ((ConfigOutcome.Accepted) new TrainConfigReader().read(request))
                .config()
                .settings();
    }

    /// `tokens` from position `first` on, and the draw of the one at `position` of the text.
    static Phase.Generate next(int first, long position, Integer... tokens) {
        var choice = new TokenChoice.Draw(
                SamplingSettings.greedy(),
                position,
                List.of(TokenChoice.Draw.DRAWN),
                TokenChoice.Report.TOKENS,
                TokenChoice.Forbidden.NOTHING);
        return new Phase.Generate(List.of(List.of(tokens)), first, choice);
    }

    /// A model that takes two positions and gives the most likely token.
    static final class TwoTokens implements SampleText {
        @Override
        public GenerationRequest request() {
            var greedy = new GenerationMethod.Sampling(SamplingSettings.greedy(), TopPDecay.none());
            return new GenerationRequest(
                    List.of(List.of(0)), 3, 2, 0, greedy, StopRule.never(), TokenChoice.Report.TOKENS);
        }

        @Override
        public RunEvent.SampleGenerated generated(long iteration, GeneratedText text) {
            return new RunEvent.SampleGenerated(iteration, "", text.generated().toString(), 1);
        }
    }

    /// Remembers what it is asked, touches no file.
    static final class PaperFolder implements CheckpointFolder {
        final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public Path prepare(long step) {
            calls.add("prepare " + step);
            return Path.of("step-" + step);
        }

        @Override
        public Durable commit(SavedState state) {
            calls.add("commit " + state.step());
            return new Durable(Path.of("step-" + state.step()), 100);
        }

        @Override
        public void discard(long step) {
            calls.add("discard " + step);
        }
    }

    /// Remembers events.
    static final class Recorder implements RunEventSink {
        final List<RunEvent> events = new CopyOnWriteArrayList<>();

        @Override
        public void accept(RunEvent event) {
            events.add(event);
        }

        @Override
        public void close() {}

        /// The events of one kind.
        <E extends RunEvent> List<E> of(Class<E> kind) {
            return events.stream().filter(kind::isInstance).map(kind::cast).toList();
        }
    }
}
