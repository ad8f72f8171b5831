package io.stagecraft.tests.benchmark;

/// What both sides train: GPT-2 with tied embeddings, float32, no dropout, AdamW on all parameters.
public enum Workload {
    /// GPT-2 124M.
    S(12, 12, 768, 50304, 256, 4, 3, 4, 1.15),
    /// Six layers, 384 wide, characters.
    T(6, 6, 384, 65, 256, 4, 30, 20, 1.25),
    /// T with twice the sequences: eight microbatches of one each.
    T8(6, 6, 384, 65, 256, 8, 16, 12, 1.25),
    /// Four layers, 128 wide, characters: where everything but arithmetic shows.
    M(4, 4, 128, 65, 64, 12, 600, 200, 1.5);

    private final int layers;
    private final int heads;
    private final int hidden;
    private final int vocabulary;
    private final int sequence;
    private final int batch;
    private final int warmupSteps;
    private final int measuredSteps;
    private final double goal;

    Workload(
            int layers,
            int heads,
            int hidden,
            int vocabulary,
            int sequence,
            int batch,
            int warmupSteps,
            int measuredSteps,
            double goal) {
        this.layers = layers;
        this.heads = heads;
        this.hidden = hidden;
        this.vocabulary = vocabulary;
        this.sequence = sequence;
        this.batch = batch;
        this.warmupSteps = warmupSteps;
        this.measuredSteps = measuredSteps;
        this.goal = goal;
    }

    /// Transformer layers.
    public int layers() {
        return layers;
    }

    /// Attention heads of a layer.
    public int heads() {
        return heads;
    }

    /// Width of the residual stream.
    public int hidden() {
        return hidden;
    }

    /// Tokens, before padding.
    public int vocabulary() {
        return vocabulary;
    }

    /// Positions of a sequence.
    public int sequence() {
        return sequence;
    }

    /// Sequences of a step.
    public int batch() {
        return batch;
    }

    /// Tokens of a step.
    public long tokensPerStep() {
        return (long) sequence * batch;
    }

    /// Of forward and backward: 6 a token and parameter that multiplies, and causal attention at
    /// half.
    public double modelFlopsPerStep() {
        double perLayer = 12.0 * hidden * hidden + 13.0 * hidden;
        double parameters = layers * perLayer + (double) vocabulary * hidden + 2.0 * hidden;
        return tokensPerStep() * (6 * parameters + 6.0 * layers * hidden * sequence);
    }

    /// Steps that each process runs before it measures.
    public int warmupSteps() {
        return warmupSteps;
    }

    /// Steps that each process measures.
    public int measuredSteps() {
        return measuredSteps;
    }

    /// Our tokens a second over the peer's that the project wants.
    public double goal() {
        return goal;
    }

    /// Whether it also wants no more memory than the peer takes.
    public boolean limitsMemory() {
        return this == S;
    }

    /// For example `T: 6 layers x 384, 6 heads, vocabulary 65, 4 sequences of 256`.
    public String describe() {
        return "%s: %d layers x %d, %d heads, vocabulary %d, %d sequences of %d"
                .formatted(name(), layers, hidden, heads, vocabulary, batch, sequence);
    }
}
