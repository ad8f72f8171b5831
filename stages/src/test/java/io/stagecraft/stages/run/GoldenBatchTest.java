package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.SafetensorsFile;
import io.stagecraft.model.data.DataPath;
import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.data.GptDatasetSpec;
import io.stagecraft.model.data.GptDatasets;
import io.stagecraft.model.data.GptPart;
import io.stagecraft.model.data.IndexCache;
import io.stagecraft.model.data.PartPaths;
import io.stagecraft.model.data.SampleCounts;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.SharedFixtures;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: microbatches that Megatron-LM made of the same data, without and with the
/// switches about documents.
class GoldenBatchTest {
    private static final int MICROBATCHES = 4;
    private static final int SEQUENCES = 2;
    private static final int POSITIONS = 64;
    private static final int ROWS = SEQUENCES * POSITIONS;
    private static final int END_OF_DOCUMENT = 999;

    private final Backend backend = new ScalarBackend(DType.FLOAT64);
    private final ArenaSizes sizes = new ArenaSizes(ROWS, 64, 64, 0);
    private final SharedArenas shared = new SharedArenas(backend, sizes);
    private final MicrobatchContext context = new MicrobatchContext(backend, sizes, shared, "test");

    @AfterEach
    void close() {
        context.close();
        shared.close();
    }

    /// Each microbatch of the run's first steps, on one replica and divided over two.
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldReadTheMicrobatchesOfMegatron(int dataSize) {
        try (GptDatasets datasets = datasets();
                var golden = SafetensorsFile.open(SharedFixtures.require("golden/gpt/batches.safetensors"))) {
            for (int m = 0; m < 16; m++) {
                load(datasets, DocumentRules.none(), m, dataSize);
                assertThat(context.attentionMask()).isEqualTo(AttentionMask.CAUSAL);
                assertInputs(golden, m);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void shouldReadTheDocumentsOfMegatron(int m) {
        try (GptDatasets datasets = datasets();
                var golden = SafetensorsFile.open(SharedFixtures.require("golden/gpt/docreset_batches.safetensors"))) {
            load(datasets, new DocumentRules(END_OF_DOCUMENT, true, true, true), m, 1);
            assertInputs(golden, m);
            double[] masked = golden.doubles("attention_mask");
            double[] starts = values(((AttentionMask.Documents) context.attentionMask()).starts());
            for (int row = 0; row < ROWS; row++) {
                for (int j = 0; j < POSITIONS; j++) {
                    boolean attends = j >= starts[row] && j <= row % POSITIONS;
                    assertThat(masked[(m * ROWS + row) * POSITIONS + j])
                            .as("row %d to position %d", row, j)
                            .isEqualTo(attends ? 0 : 1);
                }
            }
        }
    }

    private void assertInputs(SafetensorsFile golden, int m) {
        assertThat(values(context.tokens())).isEqualTo(part(golden, "tokens", m));
        assertThat(values(context.targets())).isEqualTo(part(golden, "labels", m));
        assertThat(values(context.positions())).isEqualTo(part(golden, "position_ids", m));
        double[] weights = part(golden, "loss_mask", m);
        assertThat(values(context.lossWeights())).isEqualTo(weights);
        assertThat(context.sumOfWeights())
                .isEqualTo(IntStream.range(0, ROWS).mapToDouble(i -> weights[i]).sum());
    }

    /// Microbatch `m` of the run, counted over steps and replicas as Megatron-LM takes them.
    private void load(GptDatasets datasets, DocumentRules rules, int m, int dataSize) {
        int perStep = MICROBATCHES / dataSize;
        var spec = new RankSpec(
                        new GptConfig(
                                1,
                                4,
                                1,
                                POSITIONS,
                                1000,
                                1024,
                                4,
                                1e-5,
                                Gelu.TANH,
                                GptConfig.OutputEmbedding.TIED,
                                0,
                                0,
                                0.02),
                        new ParallelTopology(1, 1, dataSize),
                        new RankCoordinate(0, 0, m % dataSize),
                        new OneForwardOneBackwardSchedule(),
                        SEQUENCES,
                        perStep,
                        POSITIONS,
                        1234,
                        AdamConfig.defaults())
                .withDocuments(rules);
        var reader = new BatchReader(backend, spec);
        long firstOfStep = (long) m / MICROBATCHES * spec.globalBatchSize();
        reader.load(
                context,
                ForwardContext.Mode.EVALUATION,
                datasets.samples(GptPart.TRAIN).orElseThrow()::sample,
                firstOfStep,
                m % MICROBATCHES / dataSize);
    }

    private static GptDatasets datasets() {
        Path prefix =
                SharedFixtures.require("golden/data/gpt_text_document.bin").resolveSibling("gpt_text_document");
        return GptDatasets.open(new GptDatasetSpec(
                new PartPaths.Split(new DataPath.Single(prefix), "90,10,0"),
                POSITIONS,
                1234,
                SampleCounts.of(20, 10, 2, 8),
                new IndexCache.None()));
    }

    private double[] values(Tensor tensor) {
        return IntStream.range(0, ROWS)
                .mapToDouble(i -> backend.read(tensor, i))
                .toArray();
    }

    private static double[] part(SafetensorsFile golden, String name, int m) {
        return Arrays.copyOfRange(golden.doubles(name), m * ROWS, (m + 1) * ROWS);
    }
}
