package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Oracle: vectors that an independent program in Python computed by Megatron-LM's rules, with NumPy's generator,
/// for documents of 5, 9, 3, 12, 7 and 4 tokens, samples of 8 and seed 1234.
class GptIndexTest {
    private static final ArrayItems ITEMS = ArrayItems.ofSizes(5, 9, 3, 12, 7, 4);
    private static final int SEQUENCE_LENGTH = 8;
    private static final long SEED = 1234;

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    @Test
    void shouldIndexOneEpoch() {
        GptIndex index = index(plan(4));

        assertThat(values(index.documents())).containsExactly(2, 1, 5, 0, 4, 3);
        assertThat(values(index.samples())).containsExactly(0, 0, 1, 5, 3, 0, 4, 3, 5, 4);
        assertThat(values(index.shuffle())).containsExactly(0, 2, 1, 3);
    }

    @Test
    void shouldShuffleALastEpochByItselfThatIsHalfNeeded() {
        GptIndex index = index(plan(11));

        assertThat(values(index.documents())).containsExactly(1, 2, 5, 2, 3, 4, 1, 0, 4, 5, 0, 3, 1, 0, 3, 2, 5, 4);
        assertThat(values(index.samples()))
                .containsExactly(
                        0, 0, 0, 8, 3, 0, 4, 5, 5, 1, 6, 2, 7, 1, 8, 4, 10, 1, 11, 4, 12, 0, 12, 8, 14, 2, 14, 10, 16,
                        3);
        assertThat(values(index.shuffle())).containsExactly(3, 6, 2, 1, 7, 5, 4, 0, 8, 13, 10, 12, 9, 11);
    }

    @Test
    void shouldShuffleTheSecondOfTwoEpochsByItself() {
        GptIndex index = index(plan(6));

        assertThat(values(index.documents())).containsExactly(2, 1, 5, 0, 4, 3, 0, 4, 3, 2, 5, 1);
        assertThat(values(index.samples()))
                .containsExactly(0, 0, 1, 5, 3, 0, 4, 3, 5, 4, 6, 0, 7, 3, 8, 4, 9, 0, 11, 1);
        assertThat(values(index.shuffle())).containsExactly(1, 3, 0, 2, 5, 4, 7, 8, 6);
    }

    /// Two epochs of 40 tokens have 9 samples, 5 of them new: more than 80 % of the 4 that an epoch has.
    @Test
    void shouldShuffleAllEpochsTogetherWhenTheLastIsNeeded() {
        assertThat(plan(9).separatesLastEpoch()).isFalse();
    }

    /// Oracle: the documents end to end in the order of the index; a sample begins with the last token of the one
    /// before it.
    @Test
    void shouldCutSamplesFromTheDocumentsEndToEnd() {
        GptIndexPlan plan = plan(11);
        GptIndex index = index(plan);
        var dataset = new GptDataset(ITEMS, plan, index);
        int[] endToEnd = LongStream.of(values(index.documents()))
                .flatMap(document -> LongStream.of(tokens((int) document)))
                .mapToInt(token -> (int) token)
                .toArray();

        for (int number = 0; number < plan.numSamples(); number++) {
            int[] sample = new int[SEQUENCE_LENGTH + 1];
            dataset.sample(number, sample, 0);
            int first = (int) index.shuffle().get(number) * SEQUENCE_LENGTH;
            assertThat(sample).containsExactly(Arrays.copyOfRange(endToEnd, first, first + sample.length));
        }
    }

    @Test
    void shouldRefuseASampleBehindTheLast() {
        var dataset = new GptDataset(ITEMS, plan(4), index(plan(4)));

        assertThatThrownBy(() -> dataset.sample(4, new int[9], 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 4 samples in 1 epochs but sample 4");
    }

    @Test
    void shouldRefuseDataThatDoNotFitTheIndex() {
        var other = ArrayItems.ofSizes(5, 9, 3, 12, 4, 7);
        var dataset = new GptDataset(other, plan(4), index(plan(4)));

        assertThatThrownBy(() -> {
                    for (int number = 0; number < 4; number++) {
                        dataset.sample(number, new int[9], 0);
                    }
                })
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("does not fit the data");
    }

    @Test
    void shouldRefuseMoreDocumentsThanAnIndexCounts() {
        assertThatThrownBy(() -> new GptIndexPlan(0, 1 << 20, 1 << 20, 1024, 1L << 22))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2147483647");
    }

    @Test
    void shouldRefuseDocumentsWithoutTokens() {
        assertThatThrownBy(() -> GptIndexPlan.of(ArrayItems.ofSizes(0, 1, 0), 0, 3, 8, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("have 1 tokens");
    }

    @Test
    void shouldSkipEmptyDocuments() {
        ArrayItems items = ArrayItems.ofSizes(0, 6, 0, 0, 5, 0);
        GptIndexPlan plan = GptIndexPlan.of(items, 0, 6, 2, 7);
        var index = memory(plan);
        index.fill(items, plan, SEED);
        var dataset = new GptDataset(items, plan, index);

        var seen = new HashSet<Integer>();
        for (int number = 0; number < plan.numSamples(); number++) {
            int[] sample = new int[3];
            dataset.sample(number, sample, 0);
            LongStream.range(0, 3).forEach(i -> seen.add(sample[(int) i]));
        }
        assertThat(seen).hasSizeGreaterThanOrEqualTo(10);
    }

    @Test
    void shouldSplitWithHalvesToEven() {
        assertThat(DocumentSplit.of("969,30,1", 1000)).isEqualTo(new DocumentSplit(969, 999, 1000));
        assertThat(DocumentSplit.of("969,30,1", 100)).isEqualTo(new DocumentSplit(97, 100, 100));
        assertThat(DocumentSplit.of("969,30,1", 6)).isEqualTo(new DocumentSplit(6, 6, 6));
        assertThat(DocumentSplit.of("949,50,1", 12345)).isEqualTo(new DocumentSplit(11716, 12333, 12345));
        assertThat(DocumentSplit.of("98/2", 777)).isEqualTo(new DocumentSplit(761, 777, 777));
    }

    @Test
    void shouldRefuseASplitOfWords() {
        assertThatThrownBy(() -> DocumentSplit.of("most,rest", 6))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("most,rest");
    }

    @Test
    void shouldBlendWhatIsFurthestBehind() {
        BlendIndex index = BlendIndex.build(new double[] {0.2, 0.3, 0.5}, 10, arena);

        assertThat(LongStream.range(0, 10).map(index::dataset)).containsExactly(2L, 1L, 0L, 2L, 1L, 2L, 0L, 2L, 1L, 2L);
        assertThat(LongStream.range(0, 10).map(index::sample)).containsExactly(0L, 0L, 0L, 1L, 1L, 2L, 1L, 3L, 2L, 4L);
    }

    private static GptIndexPlan plan(long numSamples) {
        return GptIndexPlan.of(ITEMS, 0, ITEMS.numItems(), SEQUENCE_LENGTH, numSamples);
    }

    private GptIndex memory(GptIndexPlan plan) {
        return new GptIndex(
                NpyArray.allocate(plan.documentShape(), arena),
                NpyArray.allocate(plan.sampleShape(), arena),
                NpyArray.allocate(plan.shuffleShape(), arena));
    }

    private GptIndex index(GptIndexPlan plan) {
        GptIndex index = memory(plan);
        index.fill(ITEMS, plan, SEED);
        return index;
    }

    private static long[] values(NpyArray array) {
        return LongStream.range(0, array.shape().numElements()).map(array::get).toArray();
    }

    private static long[] tokens(int document) {
        return LongStream.range(0, ITEMS.length(document))
                .map(i -> ITEMS.items()[document][(int) i])
                .toArray();
    }
}
