package io.stagecraft.model.data;

import java.util.List;

/// Several data sets in one order, each taking part by its weight.
///
/// - Source: Megatron-LM, `blendable_dataset.py`.
public final class BlendedDataset implements GptSamples {
    private final List<GptDataset> datasets;
    private final BlendIndex index;

    /// A blend of `datasets` of equal sequence lengths in the order of `index`.
    BlendedDataset(List<GptDataset> datasets, BlendIndex index) {
        this.datasets = List.copyOf(datasets);
        this.index = index;
    }

    /// As many as all its parts together.
    @Override
    public long numSamples() {
        return index.numSamples();
    }

    @Override
    public int sequenceLength() {
        return datasets.getFirst().sequenceLength();
    }

    @Override
    public void sample(long number, int[] into, int offset) {
        if (number < 0 || number >= numSamples()) {
            throw new IllegalArgumentException(
                    "the blend has " + numSamples() + " samples but sample " + number + " is asked for");
        }
        datasets.get(index.dataset(number)).sample(index.sample(number), into, offset);
    }
}
