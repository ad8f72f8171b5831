package io.stagecraft.model.checkpoint.megatron;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSource.Moment;
import io.stagecraft.model.checkpoint.ModelSource.Progress;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.pickle.PickleBytes;
import io.stagecraft.model.checkpoint.pickle.TorchBytes;
import io.stagecraft.model.parallel.TensorPartition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Oracle: every element of the written files tells its place in the global tensor.
final class MegatronSourceTest {
    private static final HeadCount HEADS = new HeadCount.Of(TinyMegatron.NUM_HEADS);

    @TempDir
    Path folder;

    private static TinyMegatron tiny(int tensorSize, int numStages) {
        return new TinyMegatron(CheckpointVersion.V3, ElementType.F32, tensorSize, numStages, 1);
    }

    private static void requireWeights(ModelSource source, double added) {
        for (String name : MegatronNames.all(TinyMegatron.NUM_LAYERS)) {
            assertThat(source.find(name).orElseThrow().extents()).isEqualTo(TinyMegatron.extents(name));
            double[] found = RecordedCheckpointsTest.read(source, name, new TensorPartition.Replicated());
            for (int i = 0; i < found.length; i++) {
                assertThat(found[i]).as(name + " " + i).isEqualTo(TinyMegatron.value(name, i) + added);
            }
        }
    }

    private static void requireMoments(ModelSource source) {
        for (String name : MegatronNames.all(TinyMegatron.NUM_LAYERS)) {
            for (Moment moment : Moment.values()) {
                String key = moment == Moment.FIRST ? "exp_avg" : "exp_avg_sq";
                double[] found =
                        RecordedCheckpointsTest.read(source, moment.of(name), new TensorPartition.Replicated());
                for (int i = 0; i < found.length; i++) {
                    assertThat(found[i]).as(name + " " + i).isEqualTo(TinyMegatron.moment(key, name, i));
                }
            }
        }
    }

    /// Version, type, tensor ranks, stages, chunks of layers a stage.
    @ParameterizedTest
    @CsvSource({
        "V0,F32,1,1,1",
        "V0,F16,2,1,1",
        "V0,BF16,2,2,1",
        "V1,F32,1,1,1",
        "V1,F32,2,1,1",
        "V2,F16,2,2,1",
        "V3,F32,1,1,1",
        "V3,BF16,1,4,1",
        "V3,F32,2,4,1",
        "V3,F32,2,2,2",
        "V3,F32,1,1,2"
    })
    void shouldMergeEveryVersionAtEveryLayout(
            CheckpointVersion version, ElementType type, int tensorSize, int numStages, int numChunks)
            throws IOException {
        new TinyMegatron(version, type, tensorSize, numStages, numChunks).write(folder);
        try (var source = MegatronSource.open(folder, HEADS)) {
            requireWeights(source, 0);
            assertThat(source.find(MegatronNames.WORDS).orElseThrow().type()).isEqualTo(type);
            assertThat(source.find(Moment.FIRST.of(MegatronNames.WORDS))).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1,1", "2,1,1", "1,2,1", "2,2,1", "2,2,2"})
    void shouldMergeMomentsAtEveryLayout(int tensorSize, int numStages, int numChunks) throws IOException {
        new TinyMegatron(CheckpointVersion.V3, ElementType.F32, tensorSize, numStages, numChunks)
                .withOptimizer()
                .write(folder);
        try (var source = MegatronSource.open(folder)) {
            requireMoments(source);
            assertThat(source.progress()).isEqualTo(new Progress(7, 56, 0, 5));
        }
    }

    @Test
    void shouldTakeTheOptimizersWeightsWhereTheModelsAreOfHalfPrecision() throws IOException {
        new TinyMegatron(CheckpointVersion.V3, ElementType.F16, 2, 2, 1)
                .withOptimizer()
                .write(folder);
        try (var source = MegatronSource.open(folder)) {
            requireWeights(source, 0.001953125);
            requireMoments(source);
            assertThat(source.find(MegatronNames.WORDS).orElseThrow().type()).isEqualTo(ElementType.F32);
        }
    }

    @Test
    void shouldReadWeightsAloneOfARelease() throws IOException {
        tiny(1, 1).withOptimizer().write(folder.resolve("release"));
        Files.writeString(folder.resolve("latest_checkpointed_iteration.txt"), "release");
        try (var source = MegatronSource.open(folder)) {
            assertThat(source.progress()).isEqualTo(new Progress(0, 0, 0, 0));
            assertThat(source.find(Moment.FIRST.of(MegatronNames.WORDS))).isEmpty();
        }
    }

    @Test
    void shouldFollowTheTrackerNotTheNewestFolder() throws IOException {
        Path tracked = tiny(1, 1).write(folder.resolve("iter_0000007"));
        Files.createDirectories(folder.resolve("iter_0000009"));
        Files.writeString(folder.resolve("latest_checkpointed_iteration.txt"), "7\n");
        try (var source = ModelSources.open(folder)) {
            assertThat(source.path()).isEqualTo(tracked);
        }
    }

    @Test
    void shouldOpenAFolderAFileOrARank() throws IOException {
        tiny(2, 1).write(folder.resolve("iter_0000007"));
        for (String path :
                List.of("", "iter_0000007", "iter_0000007/mp_rank_01", "iter_0000007/mp_rank_00/model_optim_rng.pt")) {
            try (var source = ModelSources.open(folder.resolve(path))) {
                requireWeights(source, 0);
            }
        }
    }

    /// As NVIDIA gives GPT2-345M away.
    @ParameterizedTest
    @CsvSource({"stored", "deflated"})
    void shouldReadAZipFileOfAReleasedModel(String how) throws IOException {
        byte[] file = new TinyMegatron(CheckpointVersion.V0, ElementType.F16, 1, 1, 1).file(0, 0);
        var entries = Map.of("release/mp_rank_00/model_optim_rng.pt", file);
        byte[] zip = how.equals("stored") ? TorchBytes.stored(entries) : TorchBytes.deflated(entries);
        Path path = Files.write(folder.resolve("megatron_lm_345m_v0.0.zip"), zip);
        try (var source = MegatronSource.open(path, HEADS)) {
            requireWeights(source, 0);
            assertThat(source.progress().step()).isZero();
        }
    }

    @Test
    void shouldTakeConstantsFromTheArguments() throws IOException {
        tiny(1, 1)
                .with("bias_gelu_fusion", false)
                .with("layernorm_epsilon", 1e-6)
                .with("hidden_dropout", 0.25)
                .write(folder);
        try (var source = MegatronSource.open(folder)) {
            assertThat(source.model().gelu()).isEqualTo(Gelu.ERF);
            assertThat(source.model().layerNormEpsilon()).isEqualTo(1e-6);
            assertThat(source.model().hiddenDropout()).isEqualTo(0.25);
        }
    }

    @Test
    void shouldAskForTheHeadsThatAFileOfVersionZeroDoesNotSay() throws IOException {
        new TinyMegatron(CheckpointVersion.V0, ElementType.F32, 1, 1, 1).write(folder);
        assertThatThrownBy(() -> MegatronSource.open(folder))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("does not say how many attention heads");
    }

    @ParameterizedTest
    @CsvSource({
        "swiglu,true",
        "use_rotary_position_embeddings,true",
        "num_layers,5",
        "num_attention_heads,3",
        "kv_channels,3",
        "tensor_model_parallel_size,2"
    })
    void shouldRefuseAnotherModel(String key, String value) throws IOException {
        tiny(1, 1)
                .with(key, value.equals("true") ? (Object) true : Integer.valueOf(value))
                .write(folder);
        assertThatThrownBy(() -> MegatronSource.open(folder))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining(key.equals("num_attention_heads") ? "numHeads" : key);
    }

    @Test
    void shouldRefuseATiedCopyThatDiffers() throws IOException {
        tiny(2, 2).withTiedError().write(folder);
        assertThatThrownBy(() -> MegatronSource.open(folder))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("copy for tensor rank 0 differs");
    }

    @Test
    void shouldRefuseAFolderWithoutAllRanks() throws IOException {
        tiny(2, 2).write(folder);
        Files.delete(folder.resolve("mp_rank_00_001/model_optim_rng.pt"));
        Files.delete(folder.resolve("mp_rank_00_001"));
        assertThatThrownBy(() -> MegatronSource.open(folder))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("tensor rank 0, stage 1");
    }

    @Test
    void shouldRefuseATrackerThatSaysSomethingElse() throws IOException {
        tiny(1, 1).write(folder.resolve("release"));
        Files.writeString(folder.resolve("latest_checkpointed_iteration.txt"), "../../etc");
        assertThatThrownBy(() -> MegatronSource.open(folder))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("expected a number or the word release");
    }

    /// Eight dictionaries, each a hundred times in the next, are a small file and a tree without end.
    @Test
    void shouldRefuseDictionariesThatUnfoldWithoutEnd() throws IOException {
        var pickle = PickleBytes.begin().raw('}').value("model").raw('}', 'q', 0);
        for (int depth = 1; depth < 8; depth++) {
            pickle.raw('0', '}', 'q', depth, '(');
            for (int i = 0; i < 100; i++) {
                pickle.value("k" + i).raw('h', depth - 1);
            }
            pickle.raw('u');
        }
        Path file = folder.resolve("model.pt");
        Files.write(file, TorchBytes.zip(pickle.raw('s', '.').bytes(), Map.of()));
        assertThatThrownBy(() -> MegatronSource.open(file))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("do dictionaries contain each other?");
    }
}
