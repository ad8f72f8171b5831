package io.stagecraft.tests.micro;

/// Sizes of the models that the training benchmark trains, one microbatch on one tensor rank.
public enum ModelSize {
    /// 6 layers of 384 channels.
    T(4, 256, 6, 64, 65),
    /// 4 layers of 128 channels.
    M(12, 64, 4, 32, 65),
    /// GPT-2 124M. Its head works on parts of the vocabulary.
    S(4, 256, 12, 64, 8192);

    private final int sequences;
    private final int positions;
    private final int heads;
    private final int headSize;
    private final int vocabulary;

    ModelSize(int sequences, int positions, int heads, int headSize, int vocabulary) {
        this.sequences = sequences;
        this.positions = positions;
        this.heads = heads;
        this.headSize = headSize;
        this.vocabulary = vocabulary;
    }

    /// Sequences of the microbatch.
    public int sequences() {
        return sequences;
    }

    /// Positions of a sequence.
    public int positions() {
        return positions;
    }

    /// Attention heads.
    public int heads() {
        return heads;
    }

    /// Channels of a head.
    public int headSize() {
        return headSize;
    }

    /// Columns of the logits.
    public int vocabulary() {
        return vocabulary;
    }

    /// Sequences times positions.
    public int rows() {
        return sequences * positions;
    }

    /// Hidden size.
    public int channels() {
        return heads * headSize;
    }
}
