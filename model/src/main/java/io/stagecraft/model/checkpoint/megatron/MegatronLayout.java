package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.gpt.GptConfig;

/// How a model is split over files.
///
/// @param tensorSize tensor-parallel size
/// @param pipelineSize pipeline stages
public record MegatronLayout(int tensorSize, int pipelineSize) {
    public MegatronLayout {
        if (tensorSize < 1 || pipelineSize < 1 || tensorSize > 100 || pipelineSize > 1000) {
            throw new IllegalArgumentException(
                    "a split is at most 100 x 1000, tensor x pipeline, but is " + tensorSize + " x " + pipelineSize);
        }
    }

    /// Throws an [IllegalArgumentException] if `model` cannot be split so.
    void requireFits(GptConfig model) {
        divides("attention heads", model.numHeads(), tensorSize);
        divides("inner width of the MLP", model.ffnHiddenSize(), tensorSize);
        divides("rows of the vocabulary", model.paddedVocabSize(), tensorSize);
        divides("layers", model.numLayers(), pipelineSize);
    }

    private static void divides(String what, int value, int size) {
        if (value % size != 0) {
            throw new IllegalArgumentException(
                    "the model has " + value + " " + what + ", which " + size + " ranks cannot share equally");
        }
    }

    /// Folder of the file of a rank, as Megatron-LM names it.
    String folder(int tensorRank, int stage) {
        return pipelineSize == 1
                ? String.format("mp_rank_%02d", tensorRank)
                : String.format("mp_rank_%02d_%03d", tensorRank, stage);
    }
}
