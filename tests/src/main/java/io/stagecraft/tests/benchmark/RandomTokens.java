package io.stagecraft.tests.benchmark;

import io.stagecraft.stages.run.TokenSamples;
import java.util.SplittableRandom;

/// Samples of uniformly distributed tokens: a function of the sample's index.
///
/// @param vocabulary tokens to draw from
/// @param sequence positions of a sample
record RandomTokens(int vocabulary, int sequence) implements TokenSamples {
    @Override
    public void sample(long index, int[] into, int offset) {
        var random = new SplittableRandom(index);
        for (int i = 0; i <= sequence; i++) {
            into[offset + i] = random.nextInt(vocabulary);
        }
    }
}
