package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.SharedFixtures;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: index files, samples, splits and blends that Megatron-LM itself wrote.
class GoldenGptIndexTest {
    private static final long SEED = 1234;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void shouldWriteTheIndexFilesOfMegatronByteForByte(int number, @TempDir Path folder) throws IOException {
        var test = new RecordedCase(number);
        try (Arena arena = Arena.ofConfined()) {
            test.store(arena).open(new IndexCache.Folder(folder), Path.of("items"), "train");
        }
        for (String kind : List.of("doc_idx", "sample_idx", "shuffle_idx")) {
            Path written = folder.resolve("items_train_indexmap_" + test.plan.requestedSamples() + "ns_"
                    + test.plan.sequenceLength() + "sl_" + test.seed + "s_" + kind + ".npy");
            assertThat(written)
                    .hasSameBinaryContentAs(
                            SharedFixtures.require("golden/dataset_index/case" + number + "_" + kind + ".npy"));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void shouldReadTheSamplesOfMegatron(int number) throws IOException {
        var test = new RecordedCase(number);
        try (Arena arena = Arena.ofConfined()) {
            GptIndex index = test.store(arena)
                    .open(new IndexCache.None(), Path.of("items"), "train")
                    .index();
            var dataset = new GptDataset(test.items, test.plan, index);
            assertThat(dataset.numSamples())
                    .isEqualTo(test.json.get("len(dataset)").asLong());
            assertThat(test.plan.numEpochs())
                    .isEqualTo(test.json.get("num_epochs").asLong());
            assertThat(test.json.get("samples").fields())
                    .toIterable()
                    .hasSize(6)
                    .allSatisfy(sample -> {
                        int[] tokens = new int[test.plan.sequenceLength() + 1];
                        dataset.sample(Long.parseLong(sample.getKey()), tokens, 0);
                        assertThat(tokens).isEqualTo(ints(sample.getValue()));
                    });
        }
    }

    @Test
    void shouldFindTheIndexFilesOfARecordedRun() {
        try (GptDatasets datasets = GptDatasets.open(recordedRun(new IndexCache.BesideData()))) {
            assertThat(datasets.summaries())
                    .hasSize(2)
                    .extracting(GptDatasetSummary::index)
                    .allMatch(index -> index.startsWith("index read from "));
            assertThat(datasets.samples(GptPart.TEST)).isEmpty();
        }
    }

    @Test
    void shouldWriteTheIndexFilesOfARecordedRunByteForByte(@TempDir Path folder) throws IOException {
        GptDatasets.open(recordedRun(new IndexCache.Folder(folder))).close();

        List<Path> written;
        try (var files = Files.list(folder)) {
            written = files.toList();
        }
        assertThat(written)
                .hasSize(6)
                .allSatisfy(file -> assertThat(file)
                        .hasSameBinaryContentAs(SharedFixtures.require("golden/data/" + file.getFileName())));
    }

    @Test
    void shouldSplitAsMegatron() throws IOException {
        assertThat(index().get("splits")).hasSize(18).allSatisfy(split -> {
            int[] borders = ints(split.get("result"));
            assertThat(DocumentSplit.of(
                            split.get("splits_string").asText(),
                            split.get("size").asLong()))
                    .isEqualTo(new DocumentSplit(borders[1], borders[2], borders[3]));
        });
    }

    @Test
    void shouldBlendAsMegatron() throws IOException {
        assertThat(index().get("blending")).hasSize(3).allSatisfy(blend -> {
            double[] weights = IntStream.range(0, blend.get("weights").size())
                    .mapToDouble(i -> blend.get("weights").get(i).asDouble())
                    .toArray();
            int size = blend.get("size").asInt();
            try (Arena arena = Arena.ofConfined()) {
                BlendIndex index = BlendIndex.build(weights, size, arena);
                assertThat(IntStream.range(0, size).map(index::dataset))
                        .containsExactly(boxed(blend.get("dataset_index")));
                assertThat(IntStream.range(0, size).map(i -> (int) index.sample(i)))
                        .containsExactly(boxed(blend.get("dataset_sample_index")));
            }
        });
    }

    private static GptDatasetSpec recordedRun(IndexCache cache) {
        Path prefix =
                SharedFixtures.require("golden/data/gpt_text_document.bin").resolveSibling("gpt_text_document");
        return new GptDatasetSpec(
                new PartPaths.Split(new DataPath.Single(prefix), "90,10,0"),
                64,
                SEED,
                SampleCounts.of(20, 10, 2, 8),
                cache);
    }

    /// One of the recorded calls of Megatron-LM's `GPTDataset`.
    private static final class RecordedCase {
        private final JsonNode json;
        private final TokenItems items;
        private final GptIndexPlan plan;
        private final long seed;

        RecordedCase(int number) throws IOException {
            json = index().get("cases").get(number);
            items = IndexedDataset.open(
                    SharedFixtures.require("golden/data/gpt_text_document.bin").resolveSibling("gpt_text_document"));
            JsonNode documents = json.get("documents");
            plan = GptIndexPlan.of(
                    items,
                    documents.get(0).asLong(),
                    documents.get(1).asLong(),
                    json.get("seq_length").asInt(),
                    json.get("num_samples").asLong());
            seed = json.get("seed").asLong();
        }

        GptIndexStore store(Arena arena) {
            return new GptIndexStore(items, plan, seed, arena);
        }
    }

    private static JsonNode index() throws IOException {
        return new ObjectMapper()
                .readTree(SharedFixtures.require("golden/dataset_index/index.json")
                        .toFile());
    }

    private static int[] ints(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).asInt()).toArray();
    }

    private static Integer[] boxed(JsonNode list) {
        return IntStream.of(ints(list)).boxed().toArray(Integer[]::new);
    }
}
