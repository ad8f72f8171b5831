package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.GptSettings;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What a checkpoint says of its own model.
///
/// @param folder of the checkpoint that is really read
/// @param step after which it was saved
/// @param model sizes
/// @param sequenceLength tokens of the sequences it was trained on
/// @param tokenizer between text and tokens
record SavedModel(Path folder, long step, GptConfig model, int sequenceLength, Tokenizer tokenizer) {
    /// Of the manifest's configuration.
    static final String SEQUENCE_LENGTH = "sequence-length";

    /// What the model at `place`, or the newest one in that folder, says of itself. `named` is the
    /// tokenizer that takes the place of the one which it brings along; empty if none was named.
    /// For a model that brings none the files of `config` are the next choice.
    ///
    /// - Errors: [io.stagecraft.model.checkpoint.CheckpointFormatException];
    ///   [IllegalArgumentException] with every reason why the model cannot be laid out as
    ///   configured, or if there is no tokenizer.
    static SavedModel read(Path place, StagecraftConfig config, List<TokenizerSource> named) {
        if (!Files.exists(place)) {
            throw new IllegalArgumentException("there is no folder " + place + " to take a checkpoint from;"
                    + " `stagecraft train` writes one, and --checkpoint DIR names another");
        }
        Path checkpoint = ModelSources.locate(place);
        List<TokenizerSource> configured =
                config.data().indexed().vocabulary().stream().toList();
        List<TokenizerSource> chosen = named.isEmpty() ? configured : named;
        try (ModelSource source = ModelSources.open(checkpoint)) {
            GptConfig model = source.model();
            requireFits(source.path(), model, config.parallel().topology());
            ModelSources.requireTensors(source);
            if (!CheckpointStore.isAt(checkpoint)) {
                Tokenizer tokenizer = ForeignTokenizer.of(source.path(), model, chosen);
                return new SavedModel(source.path(), source.progress().step(), model, model.maxPositions(), tokenizer);
            }
        }
        return own(checkpoint, named, chosen);
    }

    private static SavedModel own(Path checkpoint, List<TokenizerSource> named, List<TokenizerSource> chosen) {
        try (CheckpointReader reader = CheckpointStore.open(checkpoint)) {
            Manifest manifest = reader.manifest();
            GptConfig model = GptSettings.restore(manifest.section(Manifest.Section.MODEL));
            Map<String, Object> brought = manifest.section(Manifest.Section.TOKENIZER);
            Tokenizer tokenizer = named.isEmpty() && brought.containsKey("type")
                    ? Tokenizer.restore(brought)
                    : ForeignTokenizer.of(reader.folder(), model, chosen);
            return new SavedModel(
                    reader.folder(), manifest.position().step(), model, sequenceLength(manifest, model), tokenizer);
        }
    }

    /// The same with sequences of `positions` tokens.
    SavedModel withSequenceLength(int positions) {
        return new SavedModel(folder, step, model, positions, tokenizer);
    }

    /// For the operator.
    String describe() {
        return "checkpoint: " + folder + ", saved after step " + step;
    }

    /// The longest possible one if the checkpoint does not say.
    private static int sequenceLength(Manifest manifest, GptConfig model) {
        return manifest.section(Manifest.Section.CONFIGURATION).get(SEQUENCE_LENGTH) instanceof Number number
                ? Math.clamp(number.longValue(), 1, model.maxPositions())
                : model.maxPositions();
    }

    /// Throws an [IllegalArgumentException] with every reason why `model` cannot be laid out over
    /// `topology`.
    static void requireFits(Path folder, GptConfig model, ParallelTopology topology) {
        var broken = new ArrayList<String>();
        int size = topology.tensorSize();
        multiple("attention heads", model.numHeads(), size, broken);
        multiple("inner width of the MLP", model.ffnHiddenSize(), size, broken);
        multiple("padded vocabulary", model.paddedVocabSize(), size, broken);
        if (model.paddedVocabSize() % size != 0) {
            broken.add(
                    "`stagecraft convert FROM TO --to stagecraft --tensor-parallel-size " + size + "` adds rows to it");
        }
        if (model.numLayers() < topology.pipelineSize()) {
            broken.add("parallel.pipeline-size = " + topology.pipelineSize() + " must be at most its layers, "
                    + model.numLayers());
        }
        if (!broken.isEmpty()) {
            throw new IllegalArgumentException("the model of the checkpoint " + folder
                    + " cannot be laid out as configured: " + String.join("; ", broken));
        }
    }

    private static void multiple(String what, int value, int tensorSize, List<String> broken) {
        if (value % tensorSize != 0) {
            broken.add("parallel.tensor-size = " + tensorSize + " must divide its " + what + ", " + value);
        }
    }
}
