package io.stagecraft.model.checkpoint.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelInMemory;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.VocabularySize;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.WeightType;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceForm;
import io.stagecraft.model.checkpoint.megatron.MegatronLayout;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.text.TokenizerSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: the tensors of the model that the chain of conversions began with.
class ConversionTest {
    /// Rows of the vocabulary that every split here divides: nothing is padded on the way.
    private static final int ROWS = 16;

    private static final Map<String, Object> ARGUMENTS =
            Map.of("lr", 1e-3, "train_iters", 20L, "global_batch_size", 8L, "lr_warmup_iters", 4L, "seed", 7L);

    private static final ConversionTarget OURS = new ConversionTarget.Stagecraft(1);
    private static final ConversionTarget SAFETENSORS = huggingFace(HuggingFaceForm.Files.SAFETENSORS, 1L << 30);
    private static final ConversionTarget PICKLE = huggingFace(HuggingFaceForm.Files.TORCH, 1L << 30);
    private static final ConversionTarget SHARDS = huggingFace(HuggingFaceForm.Files.TORCH, 2000);

    @TempDir
    private Path folder;

    private int count;

    private static ConversionTarget huggingFace(HuggingFaceForm.Files files, long maxShardBytes) {
        return new ConversionTarget.HuggingFace(new HuggingFaceForm(files, maxShardBytes));
    }

    private static ConversionTarget megatron(int tensorSize, int pipelineSize) {
        return new ConversionTarget.Megatron(new MegatronLayout(tensorSize, pipelineSize));
    }

    private static ConversionRequest request(ConversionTarget target) {
        return new ConversionRequest(target, new VocabularySize.AsSaved(), new WeightType.AsSaved(), 4);
    }

    private static SourceFacts facts() {
        return new SourceFacts(SourceFacts.Kind.STAGECRAFT, "in memory", ARGUMENTS, Map.of(), SavedTokenizer.none(), 7);
    }

    private Path convert(ModelSource source, SourceFacts facts, ConversionRequest request) {
        Path to = folder.resolve("target-" + count++);
        try (var backend = new ScalarBackend(DType.FLOAT32)) {
            new Conversion(request, facts, source).run(to, backend, bytes -> {});
        }
        return to;
    }

    private Path convert(Path from, ConversionTarget target) {
        try (ModelSource source = ModelSources.open(from)) {
            return convert(source, SourceFacts.of(source), request(target));
        }
    }

    private Path through(ModelSource source, ConversionTarget... targets) {
        Path at = convert(source, facts(), request(targets[0]));
        for (ConversionTarget target : List.of(targets).subList(1, targets.length)) {
            at = convert(at, target);
        }
        return at;
    }

    private static void assertHolds(Path path, ModelInMemory original, String... without) {
        try (ModelSource found = ModelSources.open(path)) {
            for (TensorSpec spec : original.specs().values()) {
                if (Stream.of(without).noneMatch(spec.name()::startsWith)) {
                    assertThat(found.find(spec.name())).as(spec.name()).contains(spec);
                    assertThat(ModelInMemory.read(found, spec.name()))
                            .as(spec.name())
                            .isEqualTo(original.content(spec.name()));
                }
            }
        }
    }

    @Test
    void shouldKeepWeightsAndMomentsOnTheWayOverMegatronsSplits() {
        var source = ModelInMemory.trained(ModelInMemory.tiny(ROWS, ROWS), 5);
        assertHolds(
                through(source, OURS, megatron(1, 1), megatron(2, 2), OURS, megatron(4, 1), megatron(1, 2)), source);
    }

    @Test
    void shouldKeepWeightsOnTheWayOverHuggingFacesFiles() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 6);
        assertHolds(through(source, SAFETENSORS, PICKLE, megatron(2, 1), SHARDS, OURS, SHARDS, megatron(1, 2)), source);
    }

    @Test
    void shouldKeepHalfPrecisionOnTheWay() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F16, 7);
        assertHolds(through(source, megatron(2, 2), OURS, PICKLE, megatron(1, 1)), source);
    }

    @Test
    void shouldKeepThePositionOfTheRun() {
        var source = ModelInMemory.trained(ModelInMemory.tiny(ROWS, ROWS), 8);
        try (ModelSource found = ModelSources.open(through(source, OURS, megatron(2, 2), OURS))) {
            assertThat(found.progress()).isEqualTo(source.progress());
        }
    }

    @Test
    void shouldKeepTheSizesOfTheModel() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 8);
        try (ModelSource found = ModelSources.open(through(source, megatron(2, 2), SAFETENSORS, OURS))) {
            assertThat(found.model()).isEqualTo(source.model());
        }
    }

    /// 13 tokens need 16 rows at 2 ranks x 4, and 24 at 1 rank x 12.
    @Test
    void shouldRepeatTheLastRowForAWiderPadding() {
        var source = ModelInMemory.trained(ModelInMemory.tiny(13, 16), 9);
        var request = new ConversionRequest(megatron(1, 1), new VocabularySize.AsSaved(), new WeightType.AsSaved(), 24);
        String moment = ModelSource.Moment.SECOND.of("language_model.embedding.word_embeddings.weight");
        try (ModelSource found = ModelSources.open(convert(source, facts(), request))) {
            byte[] wide = ModelInMemory.read(found, moment);
            int rowBytes = 8 * 4;
            assertThat(wide).hasSize(24 * rowBytes).startsWith(source.content(moment));
            for (int row = 16; row < 24; row++) {
                assertThat(Arrays.copyOfRange(wide, row * rowBytes, (row + 1) * rowBytes))
                        .isEqualTo(Arrays.copyOfRange(source.content(moment), 15 * rowBytes, 16 * rowBytes));
            }
        }
    }

    @Test
    void shouldCutPaddingForHuggingFace() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(13, 16), ElementType.F32, 9);
        try (ModelSource found = ModelSources.open(through(source, SAFETENSORS))) {
            assertThat(found.model().paddedVocabSize()).isEqualTo(13);
        }
    }

    @Test
    void shouldRoundToTheTypeThatIsAskedFor() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 10);
        var request = new ConversionRequest(OURS, new VocabularySize.AsSaved(), new WeightType.Of(ElementType.F16), 4);
        String name = "language_model.encoder.final_layernorm.weight";
        try (ModelSource found = ModelSources.open(convert(source, facts(), request))) {
            assertThat(found.find(name).orElseThrow().type()).isEqualTo(ElementType.F16);
        }
    }

    /// Megatron-LM keeps the single-precision weights beside the moments.
    @Test
    void shouldKeepSinglePrecisionBesideAHalfPrecisionModelThatTrains() {
        var source = ModelInMemory.trained(ModelInMemory.tiny(ROWS, ROWS), 11);
        var request = new ConversionRequest(
                megatron(2, 2), new VocabularySize.AsSaved(), new WeightType.Of(ElementType.F16), 4);
        assertHolds(convert(source, facts(), request), source);
    }

    /// Without a learning rate Megatron-LM could not go on.
    @Test
    void shouldWriteAReleaseWithoutTheArgumentsOfARun() throws IOException {
        var source = ModelInMemory.trained(ModelInMemory.tiny(ROWS, ROWS), 12);
        Path to = convert(source, facts().withArguments(Map.of()), request(megatron(1, 1)));
        assertThat(Files.readString(to.resolve("latest_checkpointed_iteration.txt")))
                .isEqualTo("release");
        assertHolds(to, source, "optimizer.");
    }

    @Test
    void shouldSayWhichSizeASplitDoesNotDivide() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 13);
        assertThatThrownBy(() -> convert(source, facts(), request(megatron(1, 3))))
                .hasMessage("the model has 2 layers, which 3 ranks cannot share equally");
    }

    @Test
    void shouldRefuseAVocabularyThatIsLargerThanTheTable() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 13);
        var request = new ConversionRequest(OURS, new VocabularySize.Of(17), new WeightType.AsSaved(), 4);
        assertThatThrownBy(() -> convert(source, facts(), request)).hasMessageContaining("17 tokens");
    }

    @Test
    void shouldNoticeAModelThatDiffersInOneTensor() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 14);
        var other = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 14);
        other.content("language_model.encoder.layers.1.mlp.dense_h_to_4h.bias")[3] ^= 1;
        ConvertedModel model = ConvertedModel.of(request(OURS), facts(), source);
        assertThatThrownBy(() -> Agreement.check(model, other, new ScalarBackend(DType.FLOAT32)))
                .isInstanceOf(ConversionException.class)
                .hasMessageContaining("layers.1.mlp.dense_h_to_4h.bias");
    }

    @Test
    void shouldLeaveNothingBehindWhenItFails() throws IOException {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 15);
        Path to = folder.resolve("never");
        assertThatThrownBy(() -> new Conversion(request(OURS), facts(), source)
                        .run(to, new ScalarBackend(DType.FLOAT32), bytes -> {
                            throw new IllegalStateException("the disk is full");
                        }))
                .hasMessage("the disk is full");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void shouldReplaceTheTargetOnlyWhenAllIsWritten() throws IOException {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 16);
        Path to = Files.createDirectory(folder.resolve("target"));
        Files.writeString(to.resolve("old"), "old");
        var seen = new ArrayList<Boolean>();
        new Conversion(request(SAFETENSORS), facts(), source)
                .run(to, new ScalarBackend(DType.FLOAT32), bytes -> seen.add(Files.exists(to.resolve("old"))));
        assertThat(seen).isNotEmpty().doesNotContain(false);
        assertThat(to.resolve("old")).doesNotExist();
    }

    /// Beside them GPT-2's model would be of no use.
    @Test
    void shouldWriteTheFilesOfGpt2sTokenizer() {
        var source = ModelInMemory.weights(ModelInMemory.tiny(ROWS, ROWS), ElementType.F32, 17);
        SavedTokenizer gpt2 = SavedTokenizer.of(new TokenizerSource.BuiltInGpt2Bpe());
        Path to = convert(source, facts().withTokenizer(gpt2), request(SAFETENSORS));
        assertThat(SavedTokenizer.inFolder(to, source.model())).isEqualTo(gpt2);
    }
}
