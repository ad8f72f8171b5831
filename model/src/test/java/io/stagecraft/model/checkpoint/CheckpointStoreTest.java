package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.checkpoint.Manifest.Layout;
import io.stagecraft.model.checkpoint.Manifest.RunPosition;
import io.stagecraft.model.checkpoint.Manifest.Section;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.parallel.TensorPartition.Replicated;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointStoreTest {
    @TempDir
    Path folder;

    private CheckpointStore store;

    @BeforeEach
    void openStore() {
        store = new CheckpointStore(folder.resolve("run"));
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,2", "1,4", "2,1", "2,2", "2,4", "4,1", "4,2", "4,4"})
    void shouldGiveEachRankItsPartBitForBitWhateverLayoutSavedIt(int saved, int loaded) {
        var model = new SavedModel(5);
        try (CheckpointReader reader = CheckpointStore.open(model.save(store, 1, saved))) {
            for (TensorSpec spec : SavedModel.SPECS) {
                for (int rank = 0; rank < loaded; rank++) {
                    TensorPartition partition = SavedModel.partition(spec.name(), rank, loaded);
                    byte[] expected = model.part(spec, partition);
                    byte[] found = new byte[expected.length];
                    reader.read(spec.name(), partition, MemorySegment.ofArray(found));
                    assertThat(found).as(spec + " rank " + rank).containsExactly(expected);
                }
            }
        }
    }

    @Test
    void shouldKeepTheManifest() {
        try (CheckpointReader reader = CheckpointStore.open(new SavedModel(5).save(store, 300, 2))) {
            Manifest manifest = reader.manifest();
            assertThat(manifest.position()).isEqualTo(new RunPosition(300, 4800, 1234, new Layout(2, 2, 1)));
            assertThat(manifest.section(Section.MODEL)).isEqualTo(Map.of("hidden-size", 8L, "epsilon", 1e-5));
            assertThat(manifest.section(Section.TOKENIZER))
                    .isEqualTo(SavedModel.sections().get(Section.TOKENIZER));
            assertThat(manifest.section(Section.STATE)).isEmpty();
            assertThat(manifest.shards())
                    .extracting(Shard::file)
                    .containsExactly("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors");
        }
    }

    @Test
    void shouldWriteSumsThatTheUsualToolReads() throws IOException {
        Path checkpoint = new SavedModel(5).save(store, 1, 1);
        List<String> lines = Files.readAllLines(checkpoint.resolve("SHA256SUMS"));
        assertThat(lines).hasSize(3).allMatch(line -> line.matches("[0-9a-f]{64}  [a-z0-9.-]+"));
    }

    @Test
    void shouldPointToTheCheckpointSavedLast() {
        new SavedModel(5).save(store, 20, 1);
        new SavedModel(5).save(store, 10, 1);
        assertThat(store.latest()).hasValueSatisfying(path -> assertThat(path).hasFileName("step-00000010"));
        assertThat(store.list())
                .extracting(path -> path.getFileName().toString())
                .containsExactly("step-00000010", "step-00000020");
    }

    @Test
    void shouldTakeTheLastStepWhenThePointerNamesNothing() throws IOException {
        new SavedModel(5).save(store, 10, 1);
        new SavedModel(5).save(store, 20, 1);
        Files.writeString(store.root().resolve("latest"), "step-00000099\n");
        assertThat(store.latest()).hasValueSatisfying(path -> assertThat(path).hasFileName("step-00000020"));
    }

    @Test
    void shouldHaveNoLatestBeforeTheFirst() {
        assertThat(store.latest()).isEmpty();
    }

    @Test
    void shouldOpenTheLatestOfAFolderOfCheckpoints() {
        new SavedModel(5).save(store, 7, 1);
        try (CheckpointReader reader = CheckpointStore.open(store.root())) {
            assertThat(reader.manifest().position().step()).isEqualTo(7);
        }
    }

    @Test
    void shouldReplaceACheckpointOfTheSameStep() {
        new SavedModel(5).save(store, 7, 1);
        var second = new SavedModel(6);
        try (CheckpointReader reader = CheckpointStore.open(second.save(store, 7, 2))) {
            byte[] bias = new byte[32];
            reader.read("dense.bias", new Replicated(), MemorySegment.ofArray(bias));
            assertThat(bias).containsExactly(second.whole("dense.bias"));
        }
    }

    @Test
    void shouldLeaveNothingOfASaveThatWasGivenUp() throws IOException {
        try (PendingCheckpoint pending = store.begin(3)) {
            pending.shard("model-00001-of-00001.safetensors", SavedModel.SPECS).close();
        }
        try (var left = Files.list(store.root())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void shouldNotSeeWhatAKilledSaveLeft() throws IOException {
        store.begin(3)
                .shard("model-00001-of-00001.safetensors", SavedModel.SPECS)
                .close();
        assertThat(store.list()).isEmpty();
        new SavedModel(5).save(store, 3, 1);
        try (var left = Files.list(store.root())) {
            assertThat(left)
                    .extracting(path -> path.getFileName().toString())
                    .containsExactlyInAnyOrder("step-00000003", "latest");
        }
    }

    @Test
    void shouldPutTogetherWhatTheRanksOfAStageWroteEachForItself() {
        var model = new SavedModel(5);
        try (PendingCheckpoint pending = store.begin(4)) {
            for (int rank = 1; rank >= 0; rank--) {
                String file = Manifest.modelShard(0, 1);
                try (var writer = PendingCheckpoint.joinShard(pending.folder(), file, SavedModel.SPECS)) {
                    model.writePartsOf(writer, rank, 2);
                    writer.finish();
                }
            }
            var position = new RunPosition(4, 64, 1234, new Layout(2, 1, 1));
            Path joined = pending.commit(position, Map.of(), pending.sumUp());
            try (CheckpointReader reader = CheckpointStore.open(joined)) {
                for (TensorSpec spec : SavedModel.SPECS) {
                    byte[] found = new byte[(int) spec.sizeBytes()];
                    reader.read(spec.name(), new Replicated(), MemorySegment.ofArray(found));
                    assertThat(found).as(spec.name()).containsExactly(model.whole(spec.name()));
                }
            }
        }
    }

    @Test
    void shouldNotCommitWithoutTheShardOfAStage() {
        try (PendingCheckpoint pending = store.begin(4)) {
            pending.shard("model-00001-of-00002.safetensors", List.of()).close();
            assertThatThrownBy(pending::sumUp)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("model-00002-of-00002.safetensors is missing");
        }
    }

    @Test
    void shouldRefuseANewerVersionByName() throws IOException {
        Path checkpoint = new SavedModel(5).save(store, 1, 1);
        SavedModel.rewriteManifest(checkpoint, "\"version\" : 2", "\"version\" : 3");
        assertThatThrownBy(() -> CheckpointStore.open(checkpoint))
                .isInstanceOf(NewerVersionException.class)
                .hasMessageContaining(checkpoint + "/manifest.json: version")
                .hasMessageContaining("format version 3 but this program reads 1 to 2");
    }

    @Test
    void shouldRefuseAShardNameThatLeavesTheFolder() throws IOException {
        Path checkpoint = new SavedModel(5).save(store, 1, 1);
        SavedModel.rewriteManifest(checkpoint, "model-00001-of-00002.safetensors", "../model.safetensors");
        assertThatThrownBy(() -> CheckpointStore.open(checkpoint))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("../model.safetensors");
    }

    @Test
    void shouldNameATensorThatTheShardDoesNotHave() throws IOException {
        Path checkpoint = new SavedModel(5).save(store, 1, 1);
        SavedModel.rewriteManifest(checkpoint, "\"dense.bias\"", "\"dance.bias\"");
        assertThatThrownBy(() -> CheckpointStore.open(checkpoint))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("model-00002-of-00002.safetensors")
                .hasMessageContaining("\"dance.bias\"");
    }

    @Test
    void shouldSayThatAFolderIsNoCheckpoint() {
        assertThatThrownBy(() -> CheckpointStore.open(folder))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("manifest.json")
                .hasMessageContaining("no checkpoint");
    }

    @Test
    void shouldRefuseADestinationOfAWrongSize() {
        try (CheckpointReader reader = CheckpointStore.open(new SavedModel(5).save(store, 1, 1))) {
            assertThatThrownBy(() -> reader.read("dense.bias", new Replicated(), MemorySegment.ofArray(new byte[31])))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("31 bytes but the part has 32");
        }
    }
}
