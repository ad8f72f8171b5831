package io.stagecraft.model.data;

/// How many epochs and samples the index of a GPT data set has, worked out before it is built.
///
/// - Source: Megatron-LM, `gpt_dataset.py`.
///
/// @param firstDocument first item of the part
/// @param numDocuments items of the part
/// @param tokensPerEpoch T: tokens of the part
/// @param sequenceLength S: a sample has S + 1 tokens, the last of which is the first of its
///     successor
/// @param requestedSamples how many samples the run may take
public record GptIndexPlan(
        long firstDocument, long numDocuments, long tokensPerEpoch, int sequenceLength, long requestedSamples) {
    private static final double FULL_EPOCH_SHARE = 0.80;

    public GptIndexPlan {
        if (firstDocument < 0 || numDocuments < 1 || sequenceLength < 1 || requestedSamples < 0) {
            throw new IllegalArgumentException("an index needs documents, a sequence length and a number of samples"
                    + " but has " + numDocuments + " from " + firstDocument + ", " + sequenceLength + " and "
                    + requestedSamples);
        }
        if (tokensPerEpoch <= 1) {
            throw new IllegalArgumentException("the " + numDocuments + " documents from " + firstDocument + " on have "
                    + tokensPerEpoch + " tokens: no sample can be cut from them");
        }
        long epochs = epochs(tokensPerEpoch, sequenceLength, requestedSamples);
        if (Math.multiplyExact(epochs, numDocuments) > Integer.MAX_VALUE
                || firstDocument + numDocuments > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(epochs + " epochs of " + numDocuments + " documents from "
                    + firstDocument + " on are more than the 2147483647 that an index counts; ask for fewer samples");
        }
        Math.multiplyExact(epochs, tokensPerEpoch);
    }

    /// The part `[firstDocument, endDocument)` of `items`.
    static GptIndexPlan of(
            TokenItems items, long firstDocument, long endDocument, int sequenceLength, long requestedSamples) {
        long tokens = 0;
        for (long item = firstDocument; item < endDocument; item++) {
            tokens += items.length(item);
        }
        return new GptIndexPlan(firstDocument, endDocument - firstDocument, tokens, sequenceLength, requestedSamples);
    }

    /// The least number of epochs with enough samples.
    public long numEpochs() {
        return epochs(tokensPerEpoch, sequenceLength, requestedSamples);
    }

    private static long epochs(long tokens, int sequenceLength, long samples) {
        long needed = Math.addExact(Math.multiplyExact(samples, (long) sequenceLength), 1);
        return Math.max(1, Math.ceilDiv(needed, tokens));
    }

    /// Samples that the epochs have: at least those requested.
    public long numSamples() {
        return samplesOf(numEpochs());
    }

    /// Whether the last epoch is shuffled by itself, because less than 80 % of it is needed.
    public boolean separatesLastEpoch() {
        long epochs = numEpochs();
        if (epochs == 1) {
            return false;
        }
        long last = requestedSamples - samplesOf(epochs - 1);
        return last < (long) (FULL_EPOCH_SHARE * samplesOf(1));
    }

    /// Epochs whose documents are shuffled together.
    long numJointEpochs() {
        return separatesLastEpoch() ? numEpochs() - 1 : numEpochs();
    }

    /// Samples that are shuffled together.
    long numJointSamples() {
        return samplesOf(numJointEpochs());
    }

    private long samplesOf(long epochs) {
        return (epochs * tokensPerEpoch - 1) / sequenceLength;
    }

    /// Order of the documents.
    NpyShape documentShape() {
        return NpyShape.of(NpyType.INT32, numEpochs() * numDocuments);
    }

    /// Where each sample begins, and where the last ends: place in the order of documents, token in
    /// it.
    NpyShape sampleShape() {
        return new NpyShape(NpyType.INT32, numSamples() + 1, 2);
    }

    /// Order of the samples.
    NpyShape shuffleShape() {
        long num = numSamples();
        return NpyShape.of(num >= 0xFFFF_FFFEL ? NpyType.INT64 : NpyType.UINT32, num);
    }
}
