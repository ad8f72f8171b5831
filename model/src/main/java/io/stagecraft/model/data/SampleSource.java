package io.stagecraft.model.data;

/// Numbered sequences of tokens. Each is a function of its number, so that every stage computes
/// what it needs and none is sent.
///
/// Thread: any. Nothing is allocated.
public sealed interface SampleSource permits TrainingSamples, ValidationSamples {
    /// S: inputs, and targets, of a sample.
    int sequenceLength();

    /// Writes the S + 1 tokens of sample `index` to `into[offset ...]`: inputs are the first S of
    /// them, targets the last S.
    void sample(long index, int[] into, int offset);

    /// Writes the S inputs of sample `index` to `into[offset ...]`.
    void inputs(long index, int[] into, int offset);

    /// Writes the S targets of sample `index`, the inputs moved by one, to `into[offset ...]`.
    void targets(long index, int[] into, int offset);
}
