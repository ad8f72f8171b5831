package io.stagecraft.model.checkpoint.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelInMemory;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition.Split;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: the model that was written.
class HuggingFaceRoundTripTest {
    private static final GptConfig CONFIG = ModelInMemory.tiny(12, 12);
    private static final HuggingFaceForm WHOLE = new HuggingFaceForm(HuggingFaceForm.Files.SAFETENSORS, 1L << 30);

    @TempDir
    private Path folder;

    private final ModelInMemory source = ModelInMemory.weights(CONFIG, ElementType.F32, 3);

    private HuggingFaceModel written(HuggingFaceForm form) {
        new HuggingFaceWriter(source, form).write(folder, bytes -> {});
        return HuggingFaceModel.open(folder);
    }

    private void assertSame(HuggingFaceModel read, ModelInMemory original) {
        for (TensorSpec spec : original.specs().values()) {
            assertThat(read.find(spec.name())).as(spec.name()).contains(spec);
            assertThat(ModelInMemory.read(read, spec.name())).as(spec.name()).isEqualTo(original.content(spec.name()));
        }
    }

    @Test
    void shouldReadBackEveryTensorBitForBit() {
        try (HuggingFaceModel read = written(WHOLE)) {
            assertSame(read, source);
        }
    }

    @Test
    void shouldReadBackHalfPrecisionBitForBit() {
        var half = ModelInMemory.weights(CONFIG, ElementType.F16, 4);
        new HuggingFaceWriter(half, WHOLE).write(folder, bytes -> {});
        try (HuggingFaceModel read = HuggingFaceModel.open(folder)) {
            assertSame(read, half);
        }
    }

    @Test
    void shouldReadBackShardsThroughTheirIndex() {
        try (HuggingFaceModel read = written(new HuggingFaceForm(HuggingFaceForm.Files.SAFETENSORS, 1500))) {
            assertThat(folder.resolve("model.safetensors")).doesNotExist();
            assertThat(folder.resolve("model.safetensors.index.json")).exists();
            assertSame(read, source);
        }
    }

    @Test
    void shouldReadBackTheConfiguration() {
        try (HuggingFaceModel read = written(WHOLE)) {
            assertThat(read.model()).isEqualTo(CONFIG);
        }
    }

    /// The parts in rank order are the columns of the whole, row by row.
    @Test
    void shouldGiveATensorRankItsColumns() {
        String dense = "language_model.encoder.layers.1.mlp.dense_4h_to_h.weight";
        try (HuggingFaceModel read = written(WHOLE)) {
            for (int rank = 0; rank < 2; rank++) {
                assertThat(ModelInMemory.read(read, dense, new Split(1, rank, 2)))
                        .isEqualTo(ModelInMemory.read(source, dense, new Split(1, rank, 2)));
            }
        }
    }

    @Test
    void shouldGiveATensorRankItsHeads() {
        String projection = "language_model.encoder.layers.0.self_attention.query_key_value.weight";
        try (HuggingFaceModel read = written(WHOLE)) {
            for (int rank = 0; rank < 4; rank++) {
                assertThat(ModelInMemory.read(read, projection, new Split(0, rank, 4)))
                        .isEqualTo(ModelInMemory.read(source, projection, new Split(0, rank, 4)));
            }
        }
    }

    @Test
    void shouldSayThatTheShardOfAnIndexIsNotThere() throws Exception {
        written(new HuggingFaceForm(HuggingFaceForm.Files.SAFETENSORS, 1500)).close();
        Files.delete(folder.resolve(Files.readString(folder.resolve("model.safetensors.index.json"))
                .replaceAll("(?s).*?(model-00001-of-[0-9]+\\.safetensors).*", "$1")));
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> HuggingFaceModel.open(folder))
                .hasMessageContaining("model-00001-of-")
                .hasMessageContaining("is not there");
    }
}
