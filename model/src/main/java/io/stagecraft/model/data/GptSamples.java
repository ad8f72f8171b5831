package io.stagecraft.model.data;

/// Numbered samples of Megatron-LM's data sets, in the order in which a run takes them.
///
/// - Thread: any, several at once; nothing is allocated.
public sealed interface GptSamples permits GptDataset, BlendedDataset {
    /// How many there are.
    long numSamples();

    /// S: inputs, and targets, of a sample.
    int sequenceLength();

    /// Writes the S + 1 tokens of sample `index` to `into[offset ...]`: inputs are the first S of
    /// them, targets the last S.
    void sample(long index, int[] into, int offset);
}
