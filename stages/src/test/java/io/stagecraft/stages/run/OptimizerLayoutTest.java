package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.GptSettings;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.BackendProxy;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortedException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Replicas that divide the optimizer's work among them compute what replicas compute of which each
/// does all.
class OptimizerLayoutTest {
    private static final int STEPS = 6;
    private static final double RATE = 0.01;
    /// Below every norm of these runs: each step is clipped.
    private static final double MAX_NORM = 0.25;

    private static final int VOCABULARY = 1597;
    private static final int POSITIONS = 8;

    /// Its word embedding has more elements than three blocks of the norm: borders fall into it.
    private static final GptConfig MODEL = new GptConfig(
            2, 16, 4, POSITIONS, VOCABULARY, 1600, 64, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0.1, 0.1, 0.02);

    @TempDir
    private Path root;

    /// What a run showed: steps, then held-back losses of every replica.
    private record Seen(List<TestRun.Outcome> steps, List<PhaseResult> evaluated) {}

    @ParameterizedTest
    @CsvSource({"1, 1, 2", "2, 1, 2", "1, 2, 2", "1, 1, 3"})
    void shouldTrainToTheSameBits(int tensor, int pipeline, int data) { // oracle: every replica updates everything
        RankSpec spec = spec(new ParallelTopology(tensor, pipeline, data));
        Seen replicated;
        try (TestRun run = run(spec.with(OptimizerLayout.REPLICATED))) {
            replicated = train(run, spec, 1, STEPS);
            save(run, spec, STEPS, "replicated");
        }
        try (TestRun run = run(spec.with(OptimizerLayout.DISTRIBUTED))) {
            assertThat(train(run, spec, 1, STEPS)).isEqualTo(replicated);
            save(run, spec, STEPS, "distributed");
        }

        assertThat(replicated.steps()).allMatch(step -> step.gradientNorm() > MAX_NORM);
        assertThat(shards("distributed")).isEqualTo(shards("replicated")).hasSize(2 * pipeline);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldGoOnFromTheOtherLayoutsCheckpoint(boolean fromDistributed) {
        RankSpec spec = spec(new ParallelTopology(1, 1, 2));
        OptimizerLayout first = fromDistributed ? OptimizerLayout.DISTRIBUTED : OptimizerLayout.REPLICATED;
        OptimizerLayout second = fromDistributed ? OptimizerLayout.REPLICATED : OptimizerLayout.DISTRIBUTED;
        Seen undisturbed;
        try (TestRun run = run(spec.with(first))) {
            train(run, spec, 1, 3);
            save(run, spec, 3, "stopped");
            undisturbed = train(run, spec, 4, STEPS);
        }
        try (TestRun run = run(spec.with(second))) {
            run.phase(new Phase.Load(root.resolve("stopped"), Phase.Load.Content.WEIGHTS_AND_OPTIMIZER));
            assertThat(train(run, spec, 4, STEPS)).isEqualTo(undisturbed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reduceSquares", "adam"})
    void shouldEndTheOthersWhenARankFailsInTheSumOrTheUpdate(String method) {
        var opened = new AtomicInteger();
        Supplier<Backend> failing = () -> {
            Backend scalar = new ScalarBackend(DType.FLOAT32);
            return opened.getAndIncrement() > 0
                    ? scalar
                    : BackendProxy.changing(scalar, method, _ -> {
                        throw new IllegalStateException("planted in " + method);
                    });
        };
        var topology = new ParallelTopology(1, 1, 2);
        RankSpec spec = TinyModel.spec(TinyModel.config(2), topology, new OneForwardOneBackwardSchedule());
        try (var run = new TestRun(spec, failing, TinyModel.counting())) {
            assertThatThrownBy(() -> run.step(1, RATE, MAX_NORM))
                    .isInstanceOf(TestRun.RankFailures.class)
                    .satisfies(failures -> assertThat(failures.getSuppressed())
                            .hasSize(2)
                            .anySatisfy(failure -> assertThat(failure)
                                    .isInstanceOf(RankFailure.class)
                                    .hasMessageMatching("stage 0, tensor rank 0, replica [01], .*step 1.*planted.*"))
                            .anySatisfy(failure -> assertThat(failure).isInstanceOf(AbortedException.class)));
        }
    }

    @Test
    void shouldKeepMomentsOfAPartOnly() {
        RankSpec spec = spec(new ParallelTopology(1, 1, 3));
        try (Backend backend = new ScalarBackend(DType.FLOAT32)) {
            long all = StageMemory.measure(spec.with(OptimizerLayout.REPLICATED), backend)
                    .parameters()
                    .momentBytes();
            long sum = 0;
            for (int data = 0; data < 3; data++) {
                RankSpec rank = spec.at(new RankCoordinate(0, 0, data));
                long part = StageMemory.measure(rank, backend).parameters().momentBytes();
                // borders lie between blocks of 32 KiB of either moment
                assertThat(part).isBetween(all / 3 - 2 * 32 * 1024, all / 3 + 2 * 32 * 1024);
                sum += part;
            }
            assertThat(sum).isEqualTo(all);
        }
    }

    private static Seen train(TestRun run, RankSpec spec, int first, int last) {
        var steps = new ArrayList<TestRun.Outcome>();
        for (int step = first; step <= last; step++) {
            steps.add(run.step(step, RATE, MAX_NORM));
        }
        int samples = Math.toIntExact(spec.globalBatchSize());
        return new Seen(steps, run.phase(new Phase.Evaluate(last, 0, samples)));
    }

    private static RankSpec spec(ParallelTopology topology) {
        return new RankSpec(
                MODEL,
                topology,
                new RankCoordinate(0, 0, 0),
                new OneForwardOneBackwardSchedule(),
                2,
                2,
                POSITIONS,
                1234,
                AdamConfig.defaults());
    }

    private static TestRun run(RankSpec spec) {
        return new TestRun(spec, () -> new ScalarBackend(DType.FLOAT32), OptimizerLayoutTest::count);
    }

    private static void count(long sample, int[] into, int offset) {
        for (int position = 0; position <= POSITIONS; position++) {
            into[offset + position] = (int) ((7 * sample + (1 + sample % 3) * position) % VOCABULARY);
        }
    }

    private void save(TestRun run, RankSpec spec, long step, String name) {
        ParallelTopology topology = spec.topology();
        var layout = new Manifest.Layout(topology.tensorSize(), topology.pipelineSize(), topology.dataSize());
        try (var pending = new CheckpointStore(root.resolve(name)).begin(step)) {
            run.phase(new Phase.Save(step, pending.folder()));
            var position = new Manifest.RunPosition(new ModelSource.Progress(step, 8 * step, 0, step), 1234, layout);
            pending.commit(position, Map.of(Manifest.Section.MODEL, GptSettings.of(MODEL)), pending.sumUp());
        }
    }

    /// The bytes of every shard by its place in the checkpoint folder `name`.
    private Map<String, String> shards(String name) {
        Path folder = root.resolve(name);
        var shards = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file :
                    files.filter(it -> it.toString().endsWith(".safetensors")).toList()) {
                shards.put(folder.relativize(file).toString(), HexFormat.of().formatHex(Files.readAllBytes(file)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return shards;
    }
}
