package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.layer.ForwardContext;

/// Gives a microbatch its tokens and targets, and what the ends of documents among its inputs mean
/// for positions, attention and loss, as far as this stage needs them.
///
/// Microbatch `m` of replica `r` of a step has the samples from
/// `firstSample + (m * dataSize + r) * microbatchSize` on: Megatron-LM's order, which keeps the
/// samples of a step the same at every layout.
///
/// - Source: Megatron-LM, `get_ltor_masks_and_position_ids`, for documents.
final class BatchReader {
    private final Backend backend;
    private final RankSpec spec;
    private final DocumentRules rules;
    private final int[] sample;
    private final int[] inputs;
    private final int[] targets;
    private final int[] starts;
    private final int[] positions;

    BatchReader(Backend backend, RankSpec spec) {
        this.backend = backend;
        this.spec = spec;
        rules = spec.documents();
        int rows = spec.microbatch().rows();
        sample = new int[spec.sequenceLength() + 1];
        inputs = new int[rows];
        targets = new int[rows];
        starts = new int[rules.isOn() ? rows : 0];
        positions = new int[rules.resetPositionIds() ? rows : 0];
    }

    /// Global index of the first sample of `microbatch` on this rank's replica.
    private long firstSample(long firstOfStep, int microbatch) {
        long before = (long) microbatch * spec.topology().dataSize()
                + spec.coordinate().dataRank();
        return firstOfStep + before * spec.microbatchSize();
    }

    /// Begins `context` for `microbatch` of the step or phase whose first sample is `firstOfStep`,
    /// without a factor of the loss, and uploads its samples.
    void load(
            MicrobatchContext context,
            ForwardContext.Mode mode,
            TokenSamples source,
            long firstOfStep,
            int microbatch) {
        context.begin(mode, spec.microbatch(), firstSample(firstOfStep, microbatch), 1);
        upload(source, context);
    }

    /// Uploads tokens and positions on the first stage, targets and weights on the last, and on
    /// every stage where documents begin if attention ends there; `context` has begun.
    private void upload(TokenSamples source, MicrobatchContext context) {
        if (!spec.isFirstStage() && !spec.isLastStage() && !rules.resetAttentionMask()) {
            return;
        }
        read(source, context.firstSample());
        if (spec.isFirstStage()) {
            backend.upload(inputs, 0, context.tokens());
        }
        if (spec.isFirstStage() && rules.resetPositionIds()) {
            backend.upload(positions, 0, context.positions());
        }
        if (spec.isLastStage()) {
            backend.upload(targets, 0, context.targets());
        }
        if (spec.isLastStage() && rules.eodMaskLoss()) {
            maskLoss(context);
        }
        if (rules.resetAttentionMask()) {
            context.attendWithinDocuments(starts);
        }
    }

    private void read(TokenSamples source, long firstSample) {
        int length = spec.sequenceLength();
        for (int b = 0; b < spec.microbatchSize(); b++) {
            source.sample(firstSample + b, sample, 0);
            System.arraycopy(sample, 0, inputs, b * length, length);
            System.arraycopy(sample, 1, targets, b * length, length);
            if (rules.isOn()) {
                rules.documentStarts(inputs, b * length, length, starts);
            }
        }
        for (int row = 0; row < positions.length; row++) {
            positions[row] = row % length - starts[row];
        }
    }

    private void maskLoss(MicrobatchContext context) {
        for (int row = 0; row < inputs.length; row++) {
            if (inputs[row] == rules.endOfDocument()) {
                context.maskLoss(row);
            }
        }
    }
}
