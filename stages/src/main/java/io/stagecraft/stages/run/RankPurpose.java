package io.stagecraft.stages.run;

import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.gpt.GptConfig;
import java.util.EnumSet;
import java.util.Set;

/// What a rank is opened for, which decides what memory it takes.
///
/// @param use whether it trains
/// @param numSequences sequences that it generates at once at most; 0 if it generates nothing
/// @param numPositions positions of the longest of them
public record RankPurpose(Use use, int numSequences, int numPositions) {
    /// Rows of a microbatch of generation beyond which a batch is cut (Megatron-LM,
    /// `--inference-batch-times-seqlen-threshold`).
    private static final int MOST_ROWS = 512;

    /// What becomes of the weights.
    public enum Use {
        /// They start at random and are trained: there are gradients and the optimizer's moments.
        TRAINING,
        /// They are loaded and stay: there are neither, and the weights are zero until a
        /// [Phase.Load].
        INFERENCE
    }

    public RankPurpose {
        if (numSequences < 0 || numPositions < 0) {
            throw new IllegalArgumentException("sequences and positions to generate must be >= 0 but are "
                    + numSequences + " and " + numPositions);
        }
    }

    /// Forward passes over given text only.
    public static RankPurpose evaluation() {
        return new RankPurpose(Use.INFERENCE, 0, 0);
    }

    /// Generation of `numSequences` sequences of at most `numPositions` positions.
    public static RankPurpose generation(int numSequences, int numPositions) {
        return new RankPurpose(Use.INFERENCE, numSequences, numPositions);
    }

    /// What a rank with this purpose and `model` asks of its backend again and again. The one text
    /// at the end of training is not counted.
    public Set<KernelGroup> kernels(GptConfig model) {
        Set<KernelGroup> groups = EnumSet.of(KernelGroup.FORWARD, KernelGroup.of(model.gelu()));
        switch (use) {
            case TRAINING -> {
                groups.add(KernelGroup.BACKWARD);
                if (model.attentionDropout() > 0 || model.hiddenDropout() > 0) {
                    groups.add(KernelGroup.DROPOUT);
                }
            }
            case INFERENCE -> {
                if (generates()) {
                    groups.add(KernelGroup.GENERATION);
                }
            }
        }
        return groups;
    }

    /// Whether there is a cache of keys and values.
    public boolean generates() {
        return numSequences > 0 && numPositions > 0;
    }

    /// Sequences of one microbatch of a batch of `batch` with `positions` new positions each: all,
    /// unless that is too many rows.
    static int sequencesAtOnce(int batch, int positions) {
        return (long) batch * positions < MOST_ROWS ? batch : Math.max(1, MOST_ROWS / positions);
    }

    /// Rows of the largest microbatch of generation.
    int maxRows() {
        return (int) Math.min((long) numSequences * numPositions, Math.max(MOST_ROWS, numPositions));
    }
}
