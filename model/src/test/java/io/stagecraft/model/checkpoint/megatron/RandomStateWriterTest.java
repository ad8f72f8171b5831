package io.stagecraft.model.checkpoint.megatron;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Oracle: Python 3.11 and NumPy 1.24.
class RandomStateWriterTest {
    /// `random.seed(1234); random.getstate()[1][:4]`.
    @Test
    void shouldSeedAsPythonDoes() {
        assertThat(MersenneTwisterWriter.ofKey(1234)).startsWith(0x80000000, 681931688, (int) 3687344416L, 1319623383);
    }

    /// `numpy.random.seed(1234); numpy.random.get_state()[1][:4]`.
    @Test
    void shouldSeedAsNumPyDoes() {
        assertThat(MersenneTwisterWriter.ofSeed(1234))
                .startsWith(1234, (int) 3159640283L, (int) 4062961311L, (int) 3954462607L);
    }
}
