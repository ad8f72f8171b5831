package io.stagecraft.model.gpt;

/// What backward computes again instead of keeping it since forward: memory for time. The numbers
/// are the same bit for bit.
///
/// - Source: Chen et al., arXiv:1604.06174; Korthikanti et al., arXiv:2205.05198, section 5
///   (selective); Megatron-LM, `--recompute-granularity`, `--recompute-method`,
///   `--recompute-num-layers`.
public sealed interface Recomputation {
    /// Nothing: every layer keeps what its backward reads.
    record None() implements Recomputation {
        @Override
        public String toString() {
            return "none";
        }
    }

    /// The attention probabilities, `[numSequences * heads, T, T]`: most of the memory of a long
    /// sequence and little of its time.
    record Selective() implements Recomputation {
        @Override
        public String toString() {
            return "selective, the attention probabilities";
        }
    }

    /// All layers of a stage, in groups that keep nothing but their input; the last group may be
    /// smaller.
    ///
    /// @param numLayers transformer layers of a group
    record Uniform(int numLayers) implements Recomputation {
        public Uniform {
            requireAtLeastOne(numLayers);
        }

        @Override
        public String toString() {
            return numLayers == 1
                    ? "full, every transformer layer"
                    : "full, all transformer layers in groups of " + numLayers;
        }
    }

    /// The first layers of each stage, one by one; the others keep what their backward reads.
    ///
    /// @param numLayers transformer layers of a stage, all if it has fewer
    record Block(int numLayers) implements Recomputation {
        public Block {
            requireAtLeastOne(numLayers);
        }

        @Override
        public String toString() {
            return "full, the first " + numLayers + " transformer layers of each stage";
        }
    }

    private static void requireAtLeastOne(int numLayers) {
        if (numLayers < 1) {
            throw new IllegalArgumentException("numLayers to recompute must be >= 1 but is " + numLayers);
        }
    }
}
