package io.stagecraft.stages.run;

/// Samples of a run by their index: a pure function, so every stage computes what it needs of a
/// sample and no token crosses the wire.
///
/// - Thread: one instance is read by many compute threads at once.
@FunctionalInterface
public interface TokenSamples {
    /// Writes sequence length + 1 token ids of sample `index` from `into[offset]` on: the first are
    /// the inputs, those from the second on their targets.
    void sample(long index, int[] into, int offset);

    /// No samples: whoever asks for one is told that there is none.
    static TokenSamples none() {
        return (index, _, _) -> {
            throw new IllegalStateException("sample " + index + " was asked for, but this run has none of its kind");
        };
    }
}
