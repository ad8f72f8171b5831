package io.stagecraft.model.data;

/// Which tokens are sample `k` of a GPT data set.
///
/// @param documents the documents in their order, epoch after epoch
/// @param samples where each sample begins: place in `documents`, token of that document
/// @param shuffle which of `samples` is sample `k`
record GptIndex(NpyArray documents, NpyArray samples, NpyArray shuffle) {
    /// Writes the index of `plan` over `items` into the three arrays, which are zeros of the plan's
    /// shapes.
    ///
    /// - Source: Megatron-LM, `gpt_dataset.py` and `helpers.cpp`: the same numbers.
    void fill(TokenItems items, GptIndexPlan plan, long seed) {
        var random = new NumpyRandom(seed);
        fillDocuments(plan, random, documents);
        fillSamples(items, plan, documents, samples);
        fillShuffle(plan, random, shuffle);
    }

    /// Waits until files have what was written.
    void force() {
        documents.force();
        samples.force();
        shuffle.force();
    }

    private static void fillDocuments(GptIndexPlan plan, NumpyRandom random, NpyArray documents) {
        long perEpoch = plan.numDocuments();
        long place = 0;
        for (long epoch = 0; epoch < plan.numEpochs(); epoch++) {
            for (long document = 0; document < perEpoch; document++) {
                documents.set(place++, plan.firstDocument() + document);
            }
        }
        long joint = plan.numJointEpochs() * perEpoch;
        documents.shuffle(random, 0, joint);
        documents.shuffle(random, joint, place - joint);
    }

    private static void fillSamples(TokenItems items, GptIndexPlan plan, NpyArray documents, NpyArray samples) {
        long place = 0;
        long token = 0;
        for (long sample = 1; sample <= plan.numSamples(); sample++) {
            long missing = plan.sequenceLength() + 1L;
            long left = items.length(documents.get(place)) - token;
            while (missing > left) {
                missing -= left;
                token = 0;
                left = items.length(documents.get(++place));
            }
            token += missing - 1; // the last token is the first of the next sample
            samples.set(2 * sample, place);
            samples.set(2 * sample + 1, token);
        }
    }

    private static void fillShuffle(GptIndexPlan plan, NumpyRandom random, NpyArray shuffle) {
        long num = plan.numSamples();
        for (long sample = 0; sample < num; sample++) {
            shuffle.set(sample, sample);
        }
        long joint = plan.numJointSamples();
        shuffle.shuffle(random, 0, joint);
        shuffle.shuffle(random, joint, num - joint);
    }
}
