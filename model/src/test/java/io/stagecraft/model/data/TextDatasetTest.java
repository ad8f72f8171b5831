package io.stagecraft.model.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.sun.management.ThreadMXBean;
import io.stagecraft.model.text.CharacterTokenizer;
import io.stagecraft.model.text.Corpus;
import io.stagecraft.model.text.CorpusException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextDatasetTest {
    private static final Corpus CORPUS = randomText(50, 40);

    @Test
    void shouldWriteOneMoreTokenThanTheSequenceIsLong() {
        TextDataset dataset = dataset(CORPUS, 16, 0.1);
        int[] into = new int[20];
        Arrays.fill(into, -1);
        dataset.training().sample(3, into, 2);
        assertThat(into).startsWith(-1, -1).endsWith(-1);
        assertThat(Arrays.stream(into, 2, 19)).allMatch(token -> token >= 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 16, 63})
    void shouldReadEveryWindowOnceAnEpoch(int sequenceLength) {
        TrainingSamples training = dataset(CORPUS, sequenceLength, 0.1).training();
        for (long epoch = 0; epoch < 3; epoch++) {
            var seen = new HashSet<Long>();
            for (long i = 0; i < training.numSamplesPerEpoch(); i++) {
                seen.add(training.window(epoch * training.numSamplesPerEpoch() + i));
            }
            assertThat(seen).hasSize((int) training.numSamplesPerEpoch());
        }
    }

    @Test
    void shouldPredictEveryTrainingTokenOnceAnEpoch() {
        // 1 x 400 characters and a line feed; 10 % held back: 40; 361 tokens make 90 windows of 4 + 1
        TextDataset dataset = dataset(new Corpus("test", List.of("x".repeat(400))), 4, 0.1);
        assertThat(dataset.training().numSamplesPerEpoch()).isEqualTo(90);
    }

    @Test
    void shouldBeAFunctionOfSeedAndIndex() {
        int[] first = samples(dataset(CORPUS, 16, 0.1).training(), 30);
        assertThat(samples(dataset(CORPUS, 16, 0.1).training(), 30)).containsExactly(first);
        var otherSeed = TextDataset.of(CORPUS, CharacterTokenizer.of(CORPUS, 1), new DatasetSpec(16, 0.1, 8));
        assertThat(samples(otherSeed.training(), 30)).isNotEqualTo(first);
    }

    @Test
    void shouldOrderEpochsDifferently() {
        TrainingSamples training = dataset(CORPUS, 16, 0.1).training();
        long n = training.numSamplesPerEpoch();
        var first = new ArrayList<Long>();
        var second = new ArrayList<Long>();
        for (long i = 0; i < n; i++) {
            first.add(training.window(i));
            second.add(training.window(n + i));
        }
        assertThat(second).isNotEqualTo(first);
    }

    @Test
    void shouldMoveTargetsByOne() {
        TextDataset dataset = dataset(CORPUS, 16, 0.1);
        for (SampleSource source : List.of(dataset.training(), dataset.validation())) {
            int[] sample = new int[17];
            int[] inputs = new int[16];
            int[] targets = new int[16];
            source.sample(1, sample, 0);
            source.inputs(1, inputs, 0);
            source.targets(1, targets, 0);
            assertThat(inputs).containsExactly(Arrays.copyOf(sample, 16));
            assertThat(targets).containsExactly(Arrays.copyOfRange(sample, 1, 17));
        }
    }

    @Test
    void shouldReadTheHeldBackTextInOrderAndNoTokenOfItInTraining() {
        // the text counts up, so a token tells where it is: 200 documents of one character each with its line feed
        var documents = new ArrayList<String>();
        for (int i = 0; i < 200; i++) {
            documents.add(Character.toString(0x4E00 + i));
        }
        TextDataset dataset = dataset(new Corpus("test", documents), 4, 0.25);
        int[] held = samples(dataset.validation(), (int) dataset.validation().numSamples());
        int[] trained = samples(dataset.training(), (int) dataset.training().numSamplesPerEpoch());
        // 400 tokens, 100 held back from token 300 on, which is document 150: id 2 + 150 (0 unknown, 1 line feed)
        // 299 tokens can be targets: 74 windows of 4 end at token 296, which is document 148
        assertThat(Arrays.stream(trained).max()).hasValue(2 + 148);
        assertThat(Arrays.stream(held).filter(id -> id > 1).min()).hasValue(2 + 150);
        int[] ids = Arrays.stream(held).filter(id -> id > 1).distinct().toArray();
        assertThat(ids).isSorted();
        // 99 tokens can be targets: 24 windows of 4
        assertThat(dataset.validation().numSamples()).isEqualTo(24);
    }

    @Test
    void shouldHoldBackNothingIfNotAsked() {
        assertThat(dataset(CORPUS, 16, 0).validation().numSamples()).isZero();
    }

    @Test
    void shouldHoldBackAtLeastOneSequence() {
        assertThat(dataset(CORPUS, 100, 0.001).validation().numSamples()).isEqualTo(1);
    }

    @Test
    void shouldRefuseASampleBehindTheHeldBackText() {
        ValidationSamples validation = dataset(CORPUS, 100, 0.001).validation();
        assertThatThrownBy(() -> validation.sample(1, new int[101], 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[0, 1) but is 1");
    }

    @Test
    void shouldSayWithSizesThatATextIsTooShort() {
        assertThatThrownBy(() -> dataset(new Corpus("poem.txt", List.of("short")), 16, 0))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("poem.txt is too short: it has 6 characters, which are 6 tokens")
                .hasMessageContaining("needs 17");
    }

    @Test
    void shouldTellTokensAndEpochs() {
        TextDataset dataset = dataset(CORPUS, 16, 0);
        // 50 documents of 40 characters, each with a line feed; (2050 - 1) / 16 = 128 windows
        assertThat(dataset.summary()).isEqualTo(new TextDataset.Summary("random", 50, 2050, 2050, 128, 0, 16));
        assertThat(dataset.summary().tokensPerEpoch()).isEqualTo(2048);
        assertThat(dataset.training().epochs(192)).isEqualTo(1.5);
        assertThat(dataset.summary().describe()).contains("50 documents", "2,050 tokens (1.000 a character)");
    }

    @Test
    void shouldConvertNatsOfLongerTokens() {
        var summary = new TextDataset.Summary("bpe", 1, 1000, 250, 1, 0, 10);
        assertThat(summary.natsPerCharacter(4)).isCloseTo(1, within(1e-15));
    }

    @Test
    void shouldKeepIdsAboveTwoBytesOfSign() {
        // more than 32,768 different characters: a signed short would make some negative
        var text = new StringBuilder();
        for (int c = 0x3400; c < 0x3400 + 40_000; c++) {
            text.appendCodePoint(c >= 0xD800 ? c + 0x3000 : c);
        }
        TextDataset dataset = dataset(new Corpus("han", List.of(text.toString())), 8, 0);
        int[] all = samples(dataset.training(), (int) dataset.training().numSamplesPerEpoch());
        assertThat(Arrays.stream(all).min().orElseThrow()).isPositive();
        assertThat(Arrays.stream(all).max().orElseThrow()).isGreaterThan(39_000);
    }

    @Test
    void shouldAllocateNothing() {
        TrainingSamples training = dataset(CORPUS, 16, 0.1).training();
        int[] into = new int[17];
        long sum = 0;
        for (int i = 0; i < 20_000; i++) {
            training.sample(i, into, 0);
            sum += into[0];
        }
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 10_000; i++) {
            training.sample(i, into, 0);
            sum += into[16];
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(sum).isPositive();
        // less than a byte a sample: what the measurement itself allocates
        assertThat(allocated).isLessThan(10_000);
    }

    private static TextDataset dataset(Corpus corpus, int sequenceLength, double fraction) {
        return TextDataset.of(corpus, CharacterTokenizer.of(corpus, 1), new DatasetSpec(sequenceLength, fraction, 7));
    }

    private static int[] samples(SampleSource source, int num) {
        int length = source.sequenceLength() + 1;
        int[] all = new int[num * length];
        for (int i = 0; i < num; i++) {
            source.sample(i, all, i * length);
        }
        return all;
    }

    private static Corpus randomText(int numDocuments, int length) {
        var random = new Random(5);
        var documents = new ArrayList<String>();
        for (int i = 0; i < numDocuments; i++) {
            var text = new StringBuilder();
            random.ints(length, 'a', 'z' + 1).forEach(text::appendCodePoint);
            documents.add(text.toString());
        }
        return new Corpus("random", documents);
    }
}
