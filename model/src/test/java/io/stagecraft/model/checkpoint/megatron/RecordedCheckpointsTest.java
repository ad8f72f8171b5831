package io.stagecraft.model.checkpoint.megatron;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSource.Moment;
import io.stagecraft.model.checkpoint.ModelSource.Progress;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.parallel.TensorPartition;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: checkpoints that Megatron-LM 23.04 wrote, at one layout against those at others, and the last
/// one expressed again in the formats of older versions.
final class RecordedCheckpointsTest {
    private static final String RUNS = "golden/gpt/checkpoints/";
    private static final TensorPartition WHOLE = new TensorPartition.Replicated();

    static double[] read(ModelSource source, String name, TensorPartition partition) {
        TensorSpec spec = source.find(name).orElseThrow();
        long elements = partition.localShape(spec.shape()).numElements();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(
                            Math.max(1, elements * spec.type().sizeBytes()), 8)
                    .asSlice(0, elements * spec.type().sizeBytes());
            source.read(name, partition, bytes);
            double[] values = new double[(int) elements];
            for (int i = 0; i < values.length; i++) {
                values[i] = spec.type().read(bytes, i);
            }
            return values;
        }
    }

    private static MegatronSource recorded(String name) {
        return MegatronSource.open(SharedFixtures.require(name), new HeadCount.Of(4));
    }

    private static List<String> weights() {
        return MegatronNames.all(4);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ckpt_init_tp2_pp1", "ckpt_init_tp1_pp2", "ckpt_init_tp2_pp2"})
    void shouldMergeInitialWeightsOfAnyLayoutToTheSame(String layout) {
        try (var whole = recorded(RUNS + "ckpt_init_tp1_pp1");
                var split = recorded(RUNS + layout)) {
            for (String name : weights()) {
                assertThat(read(split, name, WHOLE)).as(name).isEqualTo(read(whole, name, WHOLE));
            }
            assertThat(split.model()).isEqualTo(whole.model());
        }
    }

    /// Measured when they were recorded: weights differ by at most 1.2e-7 but for the biases of keys,
    /// whose gradient is zero, so that Adam moves them by rounding noise.
    @Test
    void shouldMergeTrainedWeightsOfTwoByTwoToThoseOfOne() {
        try (var whole = recorded(RUNS + "ckpt_train_tp1_pp1");
                var split = recorded(RUNS + "ckpt_train_tp2_pp2")) {
            for (String name : weights()) {
                double[] expected = read(whole, name, WHOLE);
                double[] found = read(split, name, WHOLE);
                for (int i = 0; i < expected.length; i++) {
                    boolean isKeyBias = name.endsWith("query_key_value.bias") && i / 12 % 3 == 1;
                    assertThat(Math.abs(found[i] - expected[i]))
                            .as(name + " " + i)
                            .isLessThanOrEqualTo(isKeyBias ? 4.3e-5 : 1.3e-7);
                }
            }
        }
    }

    /// The gradients of both layouts agree within 1e-6 of their size, and so do their averages; what is
    /// mixed up would differ by its size.
    @ParameterizedTest
    @ValueSource(strings = {"FIRST", "SECOND"})
    void shouldMergeMomentsOfTwoByTwoToThoseOfOne(String which) {
        Moment moment = Moment.valueOf(which);
        try (var whole = recorded(RUNS + "ckpt_train_tp1_pp1");
                var split = recorded(RUNS + "ckpt_train_tp2_pp2")) {
            for (String name : weights()) {
                double[] expected = read(whole, moment.of(name), WHOLE);
                double[] found = read(split, moment.of(name), WHOLE);
                double largest = 0;
                double difference = 0;
                for (int i = 0; i < expected.length; i++) {
                    boolean isKeyBias = name.endsWith("query_key_value.bias") && i / 12 % 3 == 1;
                    largest = Math.max(largest, Math.abs(expected[i]));
                    difference = Math.max(difference, isKeyBias ? 0 : Math.abs(found[i] - expected[i]));
                }
                assertThat(difference).as(name).isLessThan(1e-5 * largest);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v0", "v1.0", "v2.0", "v3.0_oldnames"})
    void shouldReadEveryVersionToTheSameWeights(String version) {
        try (var newest = recorded(RUNS + "ckpt_train_tp1_pp1");
                var old = recorded("golden/ckpt_versions/" + version + "/megatron")) {
            for (String name : weights()) {
                assertThat(read(old, name, WHOLE)).as(name).isEqualTo(read(newest, name, WHOLE));
            }
            assertThat(old.progress()).isEqualTo(new Progress(0, 0, 0, 0));
        }
    }

    @Test
    void shouldReadHalfPrecisionRoundedOnce() {
        try (var newest = recorded(RUNS + "ckpt_train_tp1_pp1");
                var half = recorded("golden/ckpt_versions/v0_fp16/megatron")) {
            for (String name : weights()) {
                double[] expected = read(newest, name, WHOLE);
                double[] found = read(half, name, WHOLE);
                for (int i = 0; i < expected.length; i++) {
                    double rounded = Float.float16ToFloat(Float.floatToFloat16((float) expected[i]));
                    assertThat(found[i]).as(name).isEqualTo(rounded);
                }
            }
            assertThat(half.find(MegatronNames.WORDS).orElseThrow().type()).isEqualTo(ElementType.F16);
        }
    }

    @Test
    void shouldGiveAnyPartOfAnyLayout() {
        try (var source = recorded(RUNS + "ckpt_init_tp2_pp2")) {
            for (String name : weights()) {
                double[] whole = read(source, name, WHOLE);
                int rank = source.find(name).orElseThrow().extents().size();
                for (int dim = 0; dim < rank; dim++) {
                    for (int size : new int[] {2, 3, 4}) {
                        assertThat(joined(source, name, dim, size)).as(name).isEqualTo(whole);
                    }
                }
            }
        }
    }

    private static double[] joined(ModelSource source, String name, int dim, int size) {
        List<Long> extents = source.find(name).orElseThrow().extents();
        if (extents.get(dim) % size != 0) {
            return read(source, name, WHOLE);
        }
        var parts = new ArrayList<double[]>();
        for (int rank = 0; rank < size; rank++) {
            parts.add(read(source, name, new TensorPartition.Split(dim, rank, size)));
        }
        double[] joined = new double[parts.getFirst().length * size];
        int run = dim == 0 ? parts.getFirst().length : (int) (extents.get(1) / size);
        for (int i = 0; i < joined.length; i++) {
            joined[i] = parts.get(i / run % size)[i / (run * size) * run + i % run];
        }
        return joined;
    }

    @Test
    void shouldSayWhereTheRunWas() {
        try (var source = ModelSources.open(SharedFixtures.require(RUNS + "ckpt_train_tp1_pp1/iter_0000010"))) {
            assertThat(source.progress()).isEqualTo(new Progress(10, 80, 16, 10));
        }
    }

    @Test
    void shouldHaveTheStateOfTheSchedule() {
        try (var source = recorded(RUNS + "ckpt_train_tp2_pp2")) {
            assertThat(source.schedule())
                    .containsEntry("max_lr", 0.001)
                    .containsEntry("num_steps", 160L)
                    .containsEntry("lr_decay_style", "cosine");
            assertThat(source.optimizer()).containsEntry("eps", 1e-8).containsEntry("step", 20L);
        }
    }

    /// The arguments as Megatron-LM's own JSON dump has them; what differs between the two moments of the
    /// run is left out.
    @Test
    void shouldReadTheArguments() throws IOException {
        JsonNode expected = new ObjectMapper()
                .readTree(SharedFixtures.require("golden/gpt/args.json").toFile());
        try (var source = recorded(RUNS + "ckpt_train_tp1_pp1")) {
            JsonNode found = new ObjectMapper().readTree(new ObjectMapper().writeValueAsBytes(source.arguments()));
            expected.fieldNames().forEachRemaining(key -> {
                if (!expected.get(key).isNull()
                        && !List.of("do_valid", "do_train", "do_test").contains(key)) {
                    assertThat(found.get(key)).as(key).isEqualTo(expected.get(key));
                }
            });
        }
    }

    @Test
    void shouldRefuseAnotherModel() {
        assertThat(org.assertj.core.api.Assertions.catchThrowable(
                        () -> recorded("golden/bert/checkpoints/ckpt_init_tp1_pp1")))
                .hasMessageContaining("no parameter of GPT-2: the file is of another model");
    }
}
