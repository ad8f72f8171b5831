package io.stagecraft.model.data;

import io.stagecraft.model.random.Philox;

/// Training samples without end: every window once an epoch, in an order of its own for each epoch.
///
/// Sample `i` is window `order(seed, epoch)[i mod n]` with `epoch = i / n` and `n` the windows of
/// an epoch.
public final class TrainingSamples implements SampleSource {
    private final TokenWindows windows;
    private final FeistelPermutation order;

    TrainingSamples(TokenWindows windows, long seed) {
        this.windows = windows;
        this.order = new FeistelPermutation(windows.numWindows(), Philox.key(seed, "data.training-order"));
    }

    /// Samples of an epoch.
    public long numSamplesPerEpoch() {
        return order.size();
    }

    /// How often the training text has been read after `consumedSamples` samples.
    public double epochs(long consumedSamples) {
        return (double) consumedSamples / order.size();
    }

    /// Which window sample `index` is.
    long window(long index) {
        return order.at(index / order.size(), index % order.size());
    }

    @Override
    public int sequenceLength() {
        return windows.sequenceLength();
    }

    @Override
    public void sample(long index, int[] into, int offset) {
        windows.copy(window(index), 0, windows.sequenceLength() + 1, into, offset);
    }

    @Override
    public void inputs(long index, int[] into, int offset) {
        windows.copy(window(index), 0, windows.sequenceLength(), into, offset);
    }

    @Override
    public void targets(long index, int[] into, int offset) {
        windows.copy(window(index), 1, windows.sequenceLength(), into, offset);
    }
}
