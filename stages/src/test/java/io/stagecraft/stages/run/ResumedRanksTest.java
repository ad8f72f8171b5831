package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.CheckpointDifference;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.GptSettings;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Ranks that load a checkpoint with its moments train on as if they had never stopped.
class ResumedRanksTest {
    private static final double RATE = 0.01;
    private static final GptConfig MODEL = TinyModel.config(2);
    private static final ParallelTopology ONE_RANK = new ParallelTopology(1, 1, 1);

    @TempDir
    private Path root;

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 1", "1, 2, 1", "2, 2, 1", "2, 2, 2"})
    void shouldTrainOnBitForBit(int tensor, int pipeline, int data) { // oracle: the run that never stopped
        var topology = new ParallelTopology(tensor, pipeline, data);
        var undisturbed = new ArrayList<TestRun.Outcome>();
        try (TestRun run = run(MODEL, topology)) {
            run.train(2, RATE);
            save(run, topology, 2, root.resolve("stopped"));
            undisturbed.add(run.step(3, RATE, 1.0));
            undisturbed.add(run.step(4, RATE, 1.0));
            save(run, topology, 4, root.resolve("undisturbed"));
        }
        try (TestRun run = run(MODEL, topology)) {
            run.phase(new Phase.Load(root.resolve("stopped"), Phase.Load.Content.WEIGHTS_AND_OPTIMIZER));
            assertThat(List.of(run.step(3, RATE, 1.0), run.step(4, RATE, 1.0))).isEqualTo(undisturbed);
            save(run, topology, 4, root.resolve("resumed"));
        }

        assertThat(between("undisturbed", "resumed").tensors()).isEmpty();
    }

    @Test
    void shouldLeaveMomentsAloneWhenOnlyWeightsAreLoaded() {
        try (TestRun run = run(MODEL, ONE_RANK)) {
            save(run, ONE_RANK, 0, root.resolve("first"));
            run.train(2, RATE);
            save(run, ONE_RANK, 2, root.resolve("trained"));
        }
        try (TestRun run = run(MODEL, ONE_RANK)) {
            run.phase(new Phase.Load(root.resolve("trained")));
            save(run, ONE_RANK, 2, root.resolve("weights"));
        }

        assertThat(between("trained", "weights").tensors())
                .isNotEmpty()
                .allMatch(tensor -> tensor.name().startsWith("optimizer."));
        assertThat(between("first", "weights").tensors())
                .noneMatch(tensor -> tensor.name().startsWith("optimizer."));
    }

    @Test
    void shouldBeginWithMomentsOfZeroWhenNoUpdateWasSaved() {
        try (TestRun run = run(MODEL, ONE_RANK)) {
            save(run, ONE_RANK, 0, root.resolve("first"));
            run.train(1, RATE);
            run.phase(new Phase.Load(root.resolve("first"), Phase.Load.Content.WEIGHTS_AND_OPTIMIZER));
            save(run, ONE_RANK, 0, root.resolve("again"));
        }

        assertThat(between("first", "again").tensors()).isEmpty();
    }

    @Test
    void shouldSayThatTheVocabularyIsPaddedOtherwise() {
        try (TestRun run = run(MODEL, ONE_RANK)) {
            save(run, ONE_RANK, 0, root.resolve("saved"));
        }
        GptConfig other = padded(MODEL, 2 * MODEL.paddedVocabSize());
        try (TestRun run = run(other, ONE_RANK)) {
            assertThatThrownBy(() -> run.phase(new Phase.Load(root.resolve("saved"))))
                    .hasMessageContaining("word_embeddings")
                    .hasMessageContaining("vocabulary is padded to " + MODEL.paddedVocabSize()
                            + " rows but this run pads to " + other.paddedVocabSize())
                    .hasMessageContaining("model.make-vocab-size-divisible-by");
        }
    }

    private static GptConfig padded(GptConfig model, int paddedVocabSize) {
        Map<String, Object> settings = GptSettings.of(model);
        settings.put("padded-vocab-size", paddedVocabSize);
        return GptSettings.restore(settings);
    }

    private static TestRun run(GptConfig model, ParallelTopology topology) {
        var spec = TinyModel.spec(model, topology, new OneForwardOneBackwardSchedule());
        return new TestRun(spec, () -> new ScalarBackend(DType.FLOAT32), TinyModel.counting());
    }

    private static void save(TestRun run, ParallelTopology topology, long step, Path folder) {
        var layout = new Manifest.Layout(topology.tensorSize(), topology.pipelineSize(), topology.dataSize());
        try (var pending = new CheckpointStore(folder).begin(step)) {
            run.phase(new Phase.Save(step, pending.folder()));
            var position = new Manifest.RunPosition(new ModelSource.Progress(step, 8 * step, 0, step), 1234, layout);
            pending.commit(position, Map.of(Manifest.Section.MODEL, GptSettings.of(MODEL)), pending.sumUp());
        }
    }

    private CheckpointDifference between(String first, String second) {
        try (CheckpointReader a = CheckpointStore.open(root.resolve(first));
                CheckpointReader b = CheckpointStore.open(root.resolve(second))) {
            return CheckpointDifference.between(a, b);
        }
    }
}
