package io.stagecraft.actors.megatron;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.gpt.GptConfig;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/// Sizes of the model as texts: what is given, otherwise with `--use-checkpoint-args` what the checkpoint says.
record Sizes(String numLayers, String hiddenSize, String numHeads, String maxPositions, String ffnHiddenSize) {
    private static final String USE_CHECKPOINT = "--use-checkpoint-args";
    private static final String LOAD = "--load";

    static Sizes of(GivenValues given) {
        long heads = given.whole("--num-attention-heads", 1, 1);
        long width = given.whole("--hidden-size", 1, heads) / heads;
        if (given.whole("--kv-channels", 1, width) != width) {
            given.fault("--kv-channels", "must be hidden size / heads here, which is " + width);
        }
        if (given.has(USE_CHECKPOINT) && given.has(LOAD)) {
            return ofCheckpoint(given);
        }
        if (given.has(USE_CHECKPOINT)) {
            given.fault(USE_CHECKPOINT, "needs --load");
        }
        return new Sizes(
                given.has("--encoder-num-layers")
                        ? given.text("--encoder-num-layers", "")
                        : given.required("--num-layers", "1"),
                given.required("--hidden-size", "1"),
                given.required("--num-attention-heads", "1"),
                given.required("--max-position-embeddings", String.valueOf(Integer.MAX_VALUE)),
                given.text("--ffn-hidden-size", "0"));
    }

    private static Sizes ofCheckpoint(GivenValues given) {
        try (ModelSource source = ModelSources.open(Path.of(given.text(LOAD, "")))) {
            GptConfig model = source.model();
            return new Sizes(
                    given.text("--num-layers", String.valueOf(model.numLayers())),
                    given.text("--hidden-size", String.valueOf(model.hiddenSize())),
                    given.text("--num-attention-heads", String.valueOf(model.numHeads())),
                    given.text("--max-position-embeddings", String.valueOf(model.maxPositions())),
                    given.text("--ffn-hidden-size", String.valueOf(model.ffnHiddenSize())));
        } catch (CheckpointFormatException | UncheckedIOException | IllegalArgumentException e) {
            given.fault(USE_CHECKPOINT, "cannot be read: " + e.getMessage());
            return new Sizes("1", "1", "1", String.valueOf(Integer.MAX_VALUE), "0");
        }
    }
}
