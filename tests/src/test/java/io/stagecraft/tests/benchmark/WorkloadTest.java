package io.stagecraft.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WorkloadTest {
    /// FLOP a token as PyTorch's side of the comparison counts them, in millions, to four digits.
    @ParameterizedTest
    @CsvSource({"T, 67.57", "M, 5.007"})
    void shouldCountTheFlopsOfAStep(Workload workload, double megaFlopsPerToken) {
        double counted = workload.modelFlopsPerStep() / workload.tokensPerStep() / 1e6;
        assertThat(counted).isEqualTo(megaFlopsPerToken, within(0.0005 * megaFlopsPerToken));
    }

    @Test
    void shouldDrawTheSameSampleForTheSameIndexFromTheWholeVocabulary() {
        var tokens = new RandomTokens(65, 10_000);
        var first = new int[10_002];
        var again = new int[10_002];
        tokens.sample(7, first, 1);
        tokens.sample(7, again, 1);

        assertThat(first).isEqualTo(again);
        // The chance that one of 65 tokens is missing in 10001 draws is below 65 (64/65)^10001 = 1e-65.
        assertThat(IntStream.of(first).skip(1).distinct().sorted().toArray())
                .isEqualTo(IntStream.range(0, 65).toArray());
    }
}
