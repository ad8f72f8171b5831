package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;

/// Gives a microbatch its tokens and targets, as far as this stage needs them.
///
/// Microbatch `m` of replica `r` of a step has the samples from `firstSample + (m * dataSize + r) *
/// microbatchSize` on: Megatron-LM's order, which keeps the samples of a step the same at every layout.
final class BatchReader {
    private final Backend backend;
    private final RankSpec spec;
    private final int[] samples;
    private final int[] ids;

    BatchReader(Backend backend, RankSpec spec) {
        this.backend = backend;
        this.spec = spec;
        this.samples = new int[spec.sequenceLength() + 1];
        this.ids = new int[spec.microbatch().rows()];
    }

    /// Global index of the first sample of `microbatch` on this rank's replica.
    long firstSample(long firstOfStep, int microbatch) {
        long before = (long) microbatch * spec.topology().dataSize()
                + spec.coordinate().dataRank();
        return firstOfStep + before * spec.microbatchSize();
    }

    /// Uploads tokens on the first stage and targets on the last; `context` has begun.
    void upload(TokenSamples source, MicrobatchContext context) {
        if (spec.isFirstStage()) {
            copy(source, context.firstSample(), 0);
            backend.upload(ids, 0, context.tokens());
        }
        if (spec.isLastStage()) {
            copy(source, context.firstSample(), 1);
            backend.upload(ids, 0, context.targets());
        }
    }

    private void copy(TokenSamples source, long firstSample, int offset) {
        int length = spec.sequenceLength();
        for (int b = 0; b < spec.microbatchSize(); b++) {
            source.sample(firstSample + b, samples, 0);
            System.arraycopy(samples, offset, ids, b * length, length);
        }
    }
}
