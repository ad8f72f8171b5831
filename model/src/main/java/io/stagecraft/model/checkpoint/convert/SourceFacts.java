package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceModel;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import io.stagecraft.model.gpt.GptConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What is known of a saved model beside its tensors.
///
/// @param kind which program's it is
/// @param description of kind and origin, for the user
/// @param arguments of the run by Megatron-LM's names, without those that are `None`; empty if
///     unknown
/// @param configuration of a run of our own; empty if it is none
/// @param tokenizer its tokenizer, or none
/// @param seed of the run
public record SourceFacts(
        Kind kind,
        String description,
        Map<String, Object> arguments,
        Map<String, Object> configuration,
        SavedTokenizer tokenizer,
        long seed) {
    /// In [#configuration] of a checkpoint of ours: the arguments of the Megatron-LM run that it
    /// comes from.
    public static final String ARGUMENTS = "megatron-arguments";

    private static final String SEQUENCE_LENGTH = "sequence-length";
    private static final long DEFAULT_SEED = 1234;

    /// Programs that save models.
    public enum Kind {
        /// This one.
        STAGECRAFT,
        /// NVIDIA's.
        MEGATRON,
        /// `transformers`.
        HUGGING_FACE
    }

    /// Facts of `source`.
    public static SourceFacts of(ModelSource source) {
        return switch (source) {
            case MegatronSource megatron -> megatron(megatron);
            case HuggingFaceModel model ->
                new SourceFacts(
                        Kind.HUGGING_FACE,
                        "Hugging Face",
                        Map.of(),
                        length(model.model()),
                        SavedTokenizer.inFolder(model.path(), model.model()),
                        DEFAULT_SEED);
            default -> ofRun(source);
        };
    }

    private static SourceFacts megatron(MegatronSource source) {
        Map<String, Object> arguments = source.arguments();
        String description = "Megatron-LM, version " + source.version().number() + ", " + source.numTensorRanks()
                + " x " + source.numStages() + " (tensor x pipeline)";
        long seed = arguments.getOrDefault("seed", DEFAULT_SEED) instanceof Number number
                ? number.longValue()
                : DEFAULT_SEED;
        var configuration = new LinkedHashMap<>(length(source.model()));
        if (arguments.get("seq_length") instanceof Long length && length > 0) {
            configuration.put(SEQUENCE_LENGTH, length);
        }
        configuration.put(ARGUMENTS, finite(arguments));
        return new SourceFacts(
                Kind.MEGATRON, description, arguments, configuration, SavedTokenizer.assumed(source.model()), seed);
    }

    private static Map<String, Object> length(GptConfig model) {
        return Map.of(SEQUENCE_LENGTH, model.maxPositions());
    }

    /// A manifest has no infinite numbers.
    private static Map<String, Object> finite(Map<String, Object> arguments) {
        var kept = new LinkedHashMap<>(arguments);
        kept.values().removeIf(value -> value instanceof Double number && !Double.isFinite(number));
        return kept;
    }

    private static SourceFacts ofRun(ModelSource source) {
        try (CheckpointReader reader = CheckpointStore.open(source.path())) {
            Manifest manifest = reader.manifest();
            Map<String, Object> configuration = manifest.section(Manifest.Section.CONFIGURATION);
            return new SourceFacts(
                    Kind.STAGECRAFT,
                    "Stagecraft",
                    texts(configuration.getOrDefault(ARGUMENTS, Map.of())),
                    configuration,
                    SavedTokenizer.ofSettings(manifest.section(Manifest.Section.TOKENIZER)),
                    manifest.position().seed());
        }
    }

    private static Map<String, Object> texts(Object value) {
        var values = new LinkedHashMap<String, Object>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((name, argument) -> values.put(String.valueOf(name), argument));
        }
        return values;
    }

    /// These with other arguments.
    public SourceFacts withArguments(Map<String, Object> others) {
        return new SourceFacts(kind, description, others, configuration, tokenizer, seed);
    }

    /// These with another tokenizer.
    public SourceFacts withTokenizer(SavedTokenizer other) {
        return new SourceFacts(kind, description, arguments, configuration, other, seed);
    }

    /// Whether the number of tokens is known, and not only that of rows.
    boolean saysVocabulary() {
        return kind != Kind.MEGATRON;
    }

    /// What the model of `source` is, in a line.
    public String describe(ModelSource source) {
        GptConfig model = source.model();
        SavedTensors tensors = SavedTensors.of(source);
        String step = source.progress().step() == 0
                ? ""
                : ", after step " + source.progress().step();
        return String.format(
                Locale.ROOT,
                "%s%s: GPT-2 of %d layers, %d wide, %d heads, %d positions, %d tokens in %d rows, %s%s",
                description,
                step,
                model.numLayers(),
                model.hiddenSize(),
                model.numHeads(),
                model.maxPositions(),
                model.vocabSize(),
                model.paddedVocabSize(),
                List.copyOf(tensors.weights()).getFirst().type(),
                tensors.moments().isEmpty() ? "" : ", with moments of Adam");
    }
}
