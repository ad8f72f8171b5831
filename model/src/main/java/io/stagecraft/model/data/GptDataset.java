package io.stagecraft.model.data;

/// Part of an indexed dataset as samples of S + 1 tokens: documents in a shuffled order, one behind
/// the other, cut into samples, which are shuffled again.
///
/// Borrows items and index.
///
/// - Source: Megatron-LM, `gpt_dataset.py`.
public final class GptDataset implements GptSamples {
    private final TokenItems items;
    private final GptIndexPlan plan;
    private final GptIndex index;

    GptDataset(TokenItems items, GptIndexPlan plan, GptIndex index) {
        this.items = items;
        this.plan = plan;
        this.index = index;
    }

    @Override
    public long numSamples() {
        return plan.numSamples();
    }

    @Override
    public int sequenceLength() {
        return plan.sequenceLength();
    }

    /// Documents, tokens and epochs of it.
    public GptIndexPlan plan() {
        return plan;
    }

    @Override
    public void sample(long number, int[] into, int offset) {
        if (number < 0 || number >= numSamples()) {
            throw new IllegalArgumentException("the data set has " + numSamples() + " samples in "
                    + plan.numEpochs() + " epochs but sample " + number
                    + " is asked for; it was built for " + plan.requestedSamples());
        }
        long row = 2 * index.shuffle().get(number);
        long place = index.samples().get(row);
        long token = index.samples().get(row + 1);
        long lastPlace = index.samples().get(row + 2);
        int missing = plan.sequenceLength() + 1;
        int next = offset;
        while (missing > 0 && place <= lastPlace) {
            long document = index.documents().get(place++);
            int num = (int) Math.min(missing, Math.max(0, items.length(document) - token));
            items.copy(document, token, num, into, next);
            next += num;
            missing -= num;
            token = missing == 0 ? token + num - 1 : 0;
        }
        boolean endsInPlace = place - 1 == lastPlace && token == index.samples().get(row + 3);
        if (missing > 0 || !endsInPlace) {
            throw new IllegalStateException("the index does not fit the data: sample " + number + " lacks " + missing
                    + " of its " + (plan.sequenceLength() + 1)
                    + " tokens or ends elsewhere; delete the index files, then they are built anew");
        }
    }
}
