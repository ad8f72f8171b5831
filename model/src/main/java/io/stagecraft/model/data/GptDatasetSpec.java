package io.stagecraft.model.data;

/// Which samples a run has, as Megatron-LM's arguments say it.
///
/// @param paths the data and how they divide into parts
/// @param sequenceLength tokens that a sample predicts, at least 1
/// @param seed of the order, in `[0, 2^32)`
/// @param counts samples that the run may take of each part
/// @param cache where index files are kept
public record GptDatasetSpec(PartPaths paths, int sequenceLength, long seed, SampleCounts counts, IndexCache cache) {
    public GptDatasetSpec {
        if (sequenceLength < 1) {
            throw new IllegalArgumentException("sequenceLength must be >= 1 but is " + sequenceLength);
        }
        if (seed < 0 || seed > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException("a NumPy seed must be in [0, 4294967295] but is " + seed);
        }
    }
}
