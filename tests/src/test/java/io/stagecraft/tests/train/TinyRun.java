package io.stagecraft.tests.train;

import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.config.BackendConfig;
import io.stagecraft.actors.config.CheckpointConfig;
import io.stagecraft.actors.config.DataConfig;
import io.stagecraft.actors.config.GenerateConfig;
import io.stagecraft.actors.config.ModelConfig;
import io.stagecraft.actors.config.OptimizerConfig;
import io.stagecraft.actors.config.ParallelConfig;
import io.stagecraft.actors.config.RunConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.StartConfig;
import io.stagecraft.actors.config.TelemetryConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunOutcome;
import io.stagecraft.actors.train.RunRequest;
import io.stagecraft.actors.train.TrainingRun;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.stages.run.OptimizerLayout;
import io.stagecraft.stages.topology.ParallelTopology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// A model of two layers on a text of its own, through the whole stack, in `folder`.
///
/// @param folder of text, checkpoints and Aeron's files
/// @param topology the layout
/// @param channel medium between stages
/// @param sequenceLength tokens of a sequence, at most 16
record TinyRun(Path folder, ParallelTopology topology, TransportSettings.Channel channel, int sequenceLength) {
    static final int NUM_STEPS = 4;
    static final TrainConfig TRAIN = new TrainConfig(NUM_STEPS, 2, 8, 1, 2, 4);
    private static final int TERM_BYTES = 64 * 1024;
    private static final Path BLAS_CACHE = Path.of("target", "blas").toAbsolutePath();

    TinyRun(Path folder, ParallelTopology topology, TransportSettings.Channel channel) {
        this(folder, topology, channel, 16);
    }

    TinyRun withSequenceLength(int length) {
        return new TinyRun(folder, topology, channel, length);
    }

    /// What happened.
    ///
    /// @param outcome how it ended
    /// @param events in order
    record Story(RunOutcome outcome, List<RunEvent> events) {
        <E extends RunEvent> List<E> of(Class<E> kind) {
            return events.stream().filter(kind::isInstance).map(kind::cast).toList();
        }

        List<Double> losses() {
            return of(RunEvent.StepCompleted.class).stream()
                    .map(RunEvent.StepCompleted::lmLoss)
                    .toList();
        }
    }

    private record Recorder(List<RunEvent> events) implements RunEventSink {
        @Override
        public void accept(RunEvent event) {
            events.add(event);
        }

        @Override
        public void close() {}
    }

    Story run(RunJob job) throws Exception {
        return run(job, config());
    }

    /// A run of another configuration.
    Story run(RunJob job, StagecraftConfig config) throws Exception {
        var events = new CopyOnWriteArrayList<RunEvent>();
        TrainingRun run = TrainingRun.open(new RunRequest(config, "run.seed = 7", job, BLAS_CACHE, 2));
        RunOutcome outcome = run.start(ConfigFactory.empty(), List.of(new Recorder(events)))
                .outcome()
                .toCompletableFuture()
                .get(120, TimeUnit.SECONDS);
        return new Story(outcome, events);
    }

    StagecraftConfig config() {
        return config(2, topology);
    }

    /// The configuration with another depth and layout.
    StagecraftConfig config(int numLayers, ParallelTopology layout) {
        return config(numLayers, layout, TRAIN);
    }

    /// The configuration with other steps.
    StagecraftConfig config(TrainConfig train) {
        return config(2, topology, train);
    }

    private StagecraftConfig config(int numLayers, ParallelTopology layout, TrainConfig train) {
        return new StagecraftConfig(
                new RunConfig("tiny", 7, folder),
                new DataConfig(text().toString(), sequenceLength, 0.3, 1),
                new ModelConfig(
                        numLayers, 16, 2, 16, 64, 8, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0.1, 0.1, 0.02),
                new ParallelConfig(layout, ParallelConfig.Schedule.ONE_FORWARD_ONE_BACKWARD),
                train,
                new OptimizerConfig(
                        1e-2,
                        1e-3,
                        OptimizerConfig.DecayStyle.CONSTANT,
                        0,
                        0,
                        0.9,
                        0.95,
                        1e-8,
                        0.1,
                        1.0,
                        OptimizerLayout.DISTRIBUTED),
                new TransportSettings(channel, folder.resolve("aeron"), TERM_BYTES, 1000, 40_987),
                new BackendConfig(BackendConfig.Type.CPU, new BackendConfig.Products.Auto()),
                new CheckpointConfig(folder.resolve("checkpoints"), 2, 1),
                StartConfig.fresh(),
                new GenerateConfig("the ", 20, 0.8, 0, 0, 1),
                new TelemetryConfig(folder.resolve("metrics.jsonl")));
    }

    private Path text() {
        Path file = folder.resolve("text.txt");
        if (!Files.exists(file)) {
            try {
                Files.writeString(file, "the cat sat on the mat and the dog lay on the log; ".repeat(40));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return file;
    }
}
