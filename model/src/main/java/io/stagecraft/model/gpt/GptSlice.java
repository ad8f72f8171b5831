package io.stagecraft.model.gpt;

import java.util.EnumSet;
import java.util.Set;

/// The part of a GPT that one pipeline stage has.
///
/// @param fromLayer global number of its first transformer layer
/// @param toLayer global number after its last one; equal to `fromLayer` if it has none
/// @param ends what it has besides transformer layers
public record GptSlice(int fromLayer, int toLayer, Set<End> ends) {
    /// What lies at an end of the model.
    public enum End {
        /// Word and position embeddings: the first stage.
        EMBEDDING,
        /// Final normalization, projection and loss: the last stage.
        HEAD
    }

    public GptSlice {
        if (fromLayer < 0 || toLayer < fromLayer) {
            throw new IllegalArgumentException(
                    "layers must be a range [from, to) but are [" + fromLayer + ", " + toLayer + ")");
        }
        ends = Set.copyOf(ends);
    }

    /// Layers `[fromLayer, toLayer)` on stage `stage` of `numStages`.
    public static GptSlice ofStage(int fromLayer, int toLayer, int stage, int numStages) {
        if (stage < 0 || stage >= numStages) {
            throw new IllegalArgumentException("stage must be in [0, " + numStages + ") but is " + stage);
        }
        var ends = EnumSet.noneOf(End.class);
        if (stage == 0) {
            ends.add(End.EMBEDDING);
        }
        if (stage == numStages - 1) {
            ends.add(End.HEAD);
        }
        return new GptSlice(fromLayer, toLayer, ends);
    }

    /// The whole model on one stage.
    public static GptSlice whole(GptConfig config) {
        return new GptSlice(0, config.numLayers(), EnumSet.allOf(End.class));
    }
}
