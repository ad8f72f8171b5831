package io.stagecraft.model.checkpoint.megatron;

/// How many attention heads a model has whose file does not say so. Files of version 0 have no
/// arguments, and the shapes are the same for any number of heads.
public sealed interface HeadCount {
    /// This many.
    record Of(int numHeads) implements HeadCount {
        public Of {
            if (numHeads < 1) {
                throw new IllegalArgumentException("numHeads must be >= 1 but is " + numHeads);
            }
        }
    }

    /// As many as there are of this many channels.
    record OfChannels(int headSize) implements HeadCount {
        public OfChannels {
            if (headSize < 1) {
                throw new IllegalArgumentException("headSize must be >= 1 but is " + headSize);
            }
        }
    }

    /// Heads of 64 channels, as all of GPT-2 and the released GPT2-345M have.
    static HeadCount assumed() {
        return new OfChannels(64);
    }
}
