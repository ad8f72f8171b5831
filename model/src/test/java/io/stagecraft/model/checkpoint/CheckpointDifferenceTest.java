package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointDifferenceTest {
    @TempDir
    private Path folder;

    private int numSaved;

    private Path save(Map<String, Object> state, String hocon, float... values) {
        var spec = new TensorSpec("bias", ElementType.F32, List.of((long) values.length));
        var store = new CheckpointStore(folder.resolve("run" + numSaved++));
        MemorySegment bytes = MemorySegment.ofArray(new byte[4 * values.length]);
        MemorySegment.copy(values, 0, bytes, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, values.length);
        try (PendingCheckpoint pending = store.begin(7);
                SafetensorsWriter writer = pending.shard("model-00001-of-00001.safetensors", List.of(spec))) {
            writer.write("bias", bytes);
            writer.complete();
            var layout = new Manifest.Layout(1, 1, numSaved);
            return pending.commit(
                    new Manifest.RunPosition(7, 56, 1, layout),
                    Map.of(Manifest.Section.STATE, state, Manifest.Section.CONFIGURATION, Map.of("hocon", hocon)),
                    pending.sumUp());
        }
    }

    private static CheckpointDifference between(Path first, Path second) {
        try (CheckpointReader a = CheckpointStore.open(first);
                CheckpointReader b = CheckpointStore.open(second)) {
            return CheckpointDifference.between(a, b);
        }
    }

    @Test
    void shouldFindTheSameStateWhateverTheLayoutAndTheConfiguration() {
        Path first = save(Map.of("skipped", 1), "a = 1\nb = 2\n", 1, 2);
        Path second = save(Map.of("skipped", 1), "a = 1\nb = 3\n", 1, 2);

        CheckpointDifference difference = between(first, second);

        assertThat(difference.isSameState()).isTrue();
        assertThat(difference.numEqual()).isEqualTo(1);
        assertThat(difference.values())
                .containsExactly(new CheckpointDifference.ValueDifference("configuration.hocon.b", "2", "3"));
    }

    @Test
    void shouldSayHowFarATensorIsOff() {
        CheckpointDifference difference = between(save(Map.of(), "", 1, 2, 3), save(Map.of(), "", 1, 2.5f, 2.75f));

        assertThat(difference.isSameState()).isFalse();
        assertThat(difference.tensors())
                .containsExactly(new CheckpointDifference.TensorDifference("bias", "F32 [3]", "F32 [3]", 0.5));
    }

    @Test
    void shouldNotTakeZeroForMinusZero() {
        CheckpointDifference difference = between(save(Map.of(), "", 0f), save(Map.of(), "", -0f));

        assertThat(difference.tensors()).hasSize(1);
        assertThat(difference.tensors().getFirst().largest()).isZero();
    }

    @Test
    void shouldNotLoseANumberThatIsNone() {
        CheckpointDifference difference = between(save(Map.of(), "", 1, Float.NaN), save(Map.of(), "", 1, 2));

        assertThat(difference.tensors().getFirst().largest()).isInfinite();
    }

    @Test
    void shouldCompareTensorsOfOtherSizes() {
        CheckpointDifference difference = between(save(Map.of(), "", 1), save(Map.of(), "", 1, 2));

        assertThat(difference.tensors())
                .containsExactly(new CheckpointDifference.TensorDifference(
                        "bias", "F32 [1]", "F32 [2]", Double.POSITIVE_INFINITY));
    }

    @Test
    void shouldCountAValueOfTheState() {
        CheckpointDifference difference = between(save(Map.of("skipped", 1), "", 1), save(Map.of(), "", 1));

        assertThat(difference.isSameState()).isFalse();
        assertThat(difference.values())
                .containsExactly(new CheckpointDifference.ValueDifference("state.skipped", "1", "-"));
    }
}
