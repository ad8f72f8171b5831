package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.gpt.GptConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The model of a run that begins with saved weights: the configuration's, with the padded
/// vocabulary of the saved one, which depends on the layout that it was trained at (Megatron-LM).
final class StartModel {
    private StartModel() {}

    /// `wanted` with the padded vocabulary of the model at `path`. What is no size, such as dropout
    /// and which GELU, is the configuration's.
    ///
    /// - Errors: [IllegalArgumentException] with every size that differs, or if it cannot be laid
    ///   out.
    static GptConfig fitting(GptConfig wanted, Path path, StagecraftConfig config) {
        try (ModelSource source = ModelSources.open(path)) {
            GptConfig saved = source.model();
            List<String> differences = differences(wanted, saved);
            if (!differences.isEmpty()) {
                throw new IllegalArgumentException("the model " + source.path()
                        + " has other sizes than the configuration: " + String.join("; ", differences));
            }
            GptConfig model = new GptConfig(
                    wanted.numLayers(),
                    wanted.hiddenSize(),
                    wanted.numHeads(),
                    wanted.maxPositions(),
                    wanted.vocabSize(),
                    saved.paddedVocabSize(),
                    wanted.ffnHiddenSize(),
                    wanted.layerNormEpsilon(),
                    wanted.gelu(),
                    wanted.outputEmbedding(),
                    wanted.attentionDropout(),
                    wanted.hiddenDropout(),
                    wanted.initMethodStd());
            SavedModel.requireFits(source.path(), model, config.parallel().topology());
            return model;
        }
    }

    private static List<String> differences(GptConfig wanted, GptConfig saved) {
        var differences = new ArrayList<String>();
        compare("model.num-layers", wanted.numLayers(), saved.numLayers(), differences);
        compare("model.hidden-size", wanted.hiddenSize(), saved.hiddenSize(), differences);
        compare("model.num-attention-heads", wanted.numHeads(), saved.numHeads(), differences);
        compare("model.max-position-embeddings", wanted.maxPositions(), saved.maxPositions(), differences);
        compare("model.ffn-hidden-size", wanted.ffnHiddenSize(), saved.ffnHiddenSize(), differences);
        if (wanted.outputEmbedding() != saved.outputEmbedding()) {
            differences.add(
                    "model.output-embedding = " + wanted.outputEmbedding() + " but it has " + saved.outputEmbedding());
        }
        if (wanted.vocabSize() > saved.paddedVocabSize()) {
            differences.add("the tokenizer has " + wanted.vocabSize() + " tokens but its embedding has "
                    + saved.paddedVocabSize() + " rows");
        }
        return differences;
    }

    private static void compare(String key, int wanted, int saved, List<String> differences) {
        if (wanted != saved) {
            differences.add(key + " = " + wanted + " but it has " + saved);
        }
    }
}
