package io.stagecraft.model.data;

/// The held-back text in order: `numSamples` windows, none predicting a token twice.
public final class ValidationSamples implements SampleSource {
    private final TokenWindows windows;

    ValidationSamples(TokenWindows windows) {
        this.windows = windows;
    }

    /// How many there are; 0 if nothing is held back.
    public long numSamples() {
        return windows.numWindows();
    }

    @Override
    public int sequenceLength() {
        return windows.sequenceLength();
    }

    @Override
    public void sample(long index, int[] into, int offset) {
        windows.copy(checked(index), 0, windows.sequenceLength() + 1, into, offset);
    }

    @Override
    public void inputs(long index, int[] into, int offset) {
        windows.copy(checked(index), 0, windows.sequenceLength(), into, offset);
    }

    @Override
    public void targets(long index, int[] into, int offset) {
        windows.copy(checked(index), 1, windows.sequenceLength(), into, offset);
    }

    private long checked(long index) {
        if (index < 0 || index >= numSamples()) {
            throw new IllegalArgumentException(
                    "validation sample must be in [0, " + numSamples() + ") but is " + index);
        }
        return index;
    }
}
