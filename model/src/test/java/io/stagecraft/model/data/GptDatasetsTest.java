package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GptDatasetsTest {
    private static final IndexCache NOWHERE = new IndexCache.None();
    private static final SampleCounts COUNTS = new SampleCounts(30, 5, 2);

    @TempDir
    private Path folder;

    /// 10 documents of 10 to 19 tokens.
    private static ArrayItems items() {
        return ArrayItems.ofSizes(IntStream.range(10, 20).toArray());
    }

    private GptDatasetSpec spec(IndexCache cache) {
        var paths = new PartPaths.Split(new DataPath.Single(folder.resolve("data")), "8,2,0");
        return new GptDatasetSpec(paths, 8, 1234, COUNTS, cache);
    }

    private static GptDatasets open(GptDatasetSpec spec) {
        return GptDatasets.open(spec, _ -> items());
    }

    private static List<List<Integer>> all(GptDatasets datasets) {
        GptSamples samples = datasets.samples(GptPart.TRAIN).orElseThrow();
        return LongStream.range(0, samples.numSamples())
                .mapToObj(number -> {
                    int[] sample = new int[9];
                    samples.sample(number, sample, 0);
                    return IntStream.of(sample).boxed().toList();
                })
                .toList();
    }

    /// Training documents have 10 to 17 tokens, 108: ⌊(3 * 108 - 1) / 8⌋ = 40 samples are the first of at least 30.
    @Test
    void shouldSayWhatThereIs() {
        try (GptDatasets datasets = open(spec(NOWHERE))) {
            assertThat(datasets.summaries()).hasSize(2);
            assertThat(datasets.summaries().getFirst().describe())
                    .endsWith("data: 8 documents, 108 tokens; 40 samples of 8 tokens in 3 epochs, of which up to 30"
                            + " are used; index in memory");
            assertThat(datasets.samples(GptPart.TEST)).isEmpty();
        }
    }

    @Test
    void shouldTakeValidationFromItsOwnDocuments() {
        try (GptDatasets datasets = open(spec(NOWHERE))) {
            GptSamples samples = datasets.samples(GptPart.VALIDATION).orElseThrow();
            int[] sample = new int[9];
            for (long number = 0; number < samples.numSamples(); number++) {
                samples.sample(number, sample, 0);
                assertThat(IntStream.of(sample)).allMatch(token -> token >= 108);
            }
        }
    }

    @Test
    void shouldGiveTheSameSamplesFromMemoryAndFromFilesWrittenAndRead() {
        List<List<Integer>> fromMemory;
        try (GptDatasets datasets = open(spec(NOWHERE))) {
            fromMemory = all(datasets);
        }
        for (String origin : List.of("index written to ", "index read from ")) {
            try (GptDatasets datasets = open(spec(new IndexCache.BesideData()))) {
                assertThat(datasets.summaries())
                        .allMatch(summary -> summary.index().startsWith(origin));
                assertThat(all(datasets)).isEqualTo(fromMemory);
            }
        }
    }

    @Test
    void shouldBuildAnewWhenOneFileIsMissing() throws IOException {
        open(spec(new IndexCache.BesideData())).close();
        Files.delete(folder.resolve("data_train_indexmap_30ns_8sl_1234s_sample_idx.npy"));

        try (GptDatasets datasets = open(spec(new IndexCache.BesideData()))) {
            assertThat(datasets.summaries().getFirst().index()).startsWith("index written to ");
        }
    }

    @Test
    void shouldLeaveFilesOfOtherDataAloneAndWorkInMemory() throws IOException {
        open(spec(new IndexCache.BesideData())).close();
        Path documents = folder.resolve("data_train_indexmap_30ns_8sl_1234s_doc_idx.npy");
        byte[] before = Files.readAllBytes(documents);
        var otherSplit = new GptDatasetSpec(
                new PartPaths.Split(new DataPath.Single(folder.resolve("data")), "7,3,0"),
                8,
                1234,
                COUNTS,
                new IndexCache.BesideData());

        try (GptDatasets datasets = open(otherSplit)) {
            assertThat(datasets.summaries().getFirst().index())
                    .startsWith("index in memory, for the files do not fit these data")
                    .contains("expected {'descr': '<i4', 'fortran_order': False, 'shape': (21,), }")
                    .contains("got {'descr': '<i4', 'fortran_order': False, 'shape': (24,), }");
        }
        assertThat(documents).hasBinaryContent(before);
    }

    @Test
    void shouldWorkInMemoryWhereNothingCanBeWritten() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));

        try (GptDatasets datasets = open(spec(new IndexCache.Folder(file.resolve("below"))))) {
            assertThat(datasets.summaries().getFirst().index())
                    .startsWith("index in memory, for the files cannot be written or read");
            assertThat(all(datasets)).hasSize(40);
        }
    }

    @Test
    void shouldLeaveNoPartsOfFilesBehind() throws IOException {
        open(spec(new IndexCache.Folder(folder.resolve("cache")))).close();

        try (var files = Files.list(folder.resolve("cache"))) {
            assertThat(files).hasSize(6).allMatch(file -> file.toString().endsWith("_idx.npy"));
        }
    }

    @Test
    void shouldTakeEachSampleOfABlendFromItsDataset() {
        var paths = List.of(new WeightedPath(3, folder.resolve("low")), new WeightedPath(1, folder.resolve("high")));
        var spec = new GptDatasetSpec(
                new PartPaths.Split(new DataPath.Blend(paths), "1"), 8, 1234, new SampleCounts(20, 0, 0), NOWHERE);

        try (GptDatasets datasets =
                GptDatasets.open(spec, prefix -> prefix.endsWith("low") ? items() : ArrayItems.ofSizes(1000, 50))) {
            GptSamples samples = datasets.samples(GptPart.TRAIN).orElseThrow();
            int[] sample = new int[9];
            long high = 0;
            for (int number = 0; number < 20; number++) {
                samples.sample(number, sample, 0);
                high += sample[8] >= 145 ? 1 : 0;
            }
            // of 20 samples by weights 3 : 1, 5 are of the second, less those of its first 145 tokens
            assertThat(high).isBetween(3L, 5L);
            assertThat(datasets.summaries())
                    .extracting(GptDatasetSummary::requested)
                    .containsExactly(16L, 6L);
        }
    }

    @Test
    void shouldRefuseABlendWithAnEmptyPart() {
        var paths = List.of(new WeightedPath(1, folder.resolve("many")), new WeightedPath(1, folder.resolve("single")));
        var spec =
                new GptDatasetSpec(new PartPaths.Split(new DataPath.Blend(paths), "8,2,0"), 8, 1234, COUNTS, NOWHERE);

        assertThatThrownBy(() ->
                        GptDatasets.open(spec, prefix -> prefix.endsWith("many") ? items() : ArrayItems.ofSizes(100)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the valid part is empty in 1 of the 2 blended datasets");
    }

    @Test
    void shouldGiveEachPartItsOwnDataWhole() {
        var paths = new PartPaths.Separate(
                new DataPath.Single(folder.resolve("a")),
                new DataPath.Single(folder.resolve("b")),
                new DataPath.None());

        try (GptDatasets datasets = open(new GptDatasetSpec(paths, 8, 1234, COUNTS, NOWHERE))) {
            assertThat(datasets.summaries())
                    .extracting(GptDatasetSummary::documents)
                    .containsExactly(10L, 10L);
            assertThat(datasets.samples(GptPart.TEST)).isEmpty();
        }
    }

    @Test
    void shouldRefuseAnEvaluationEveryZeroIterations() {
        assertThatThrownBy(() -> SampleCounts.of(20, 0, 2, 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("evalInterval");
    }

    /// Megatron-LM: (20 // 10 + 1) * 2 * 8 validation samples.
    @Test
    void shouldAskForTheSamplesOfARun() {
        assertThat(SampleCounts.of(20, 10, 2, 8)).isEqualTo(new SampleCounts(160, 48, 16));
    }
}
