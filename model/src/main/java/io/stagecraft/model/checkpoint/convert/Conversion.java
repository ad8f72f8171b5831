package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceWriter;
import io.stagecraft.model.checkpoint.megatron.MegatronCheckpointWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/// Writes a saved model as another kind of saved model and compares both.
///
/// Tensors are read, turned and written one after another; the logits of both are computed layer by
/// layer. The target appears under its name when all of it is on the disk and was found equal;
/// until then it has the ending `.converting`, and is removed if anything fails.
///
/// - Errors: [ConversionException] if what was written differs; [CheckpointFormatException] if a
///   file is damaged; [IllegalArgumentException] with a sentence for the user if the request cannot
///   be met; `UncheckedIOException` naming the path.
/// - Thread: one; the backend's.
public final class Conversion {
    private final ConversionRequest request;
    private final SourceFacts facts;
    private final ModelSource source;
    private final ConvertedModel model;

    /// Looks at the source of `request`, which is open until [#close] and borrowed.
    public Conversion(ConversionRequest request, SourceFacts facts, ModelSource source) {
        this.request = request;
        this.facts = facts;
        this.source = source;
        this.model = ConvertedModel.of(request, facts, source);
    }

    /// What happens to the model on the way, for the user.
    public ConvertedModel model() {
        return model;
    }

    /// Bytes of the tensors that are written.
    public long sizeBytes() {
        return switch (request.target()) {
            case ConversionTarget.Stagecraft _ ->
                SavedTensors.of(model.weights()).sizeBytes();
            case ConversionTarget.Megatron _ -> SavedTensors.of(model.weights()).sizeBytes();
            case ConversionTarget.HuggingFace(var form) -> new HuggingFaceWriter(model.weights(), form).sizeBytes();
        };
    }

    /// Writes, compares, and puts the target into place.
    ///
    /// @param to the folder that is to be; what is there is replaced
    /// @param backend computes the logits; borrowed
    /// @param progress is told the bytes of each tensor that was written
    public Agreement run(Path to, Backend backend, LongConsumer progress) {
        try (PublishedFolder folder = PublishedFolder.begin(to)) {
            write(folder.temporary(), progress);
            Agreement agreement;
            try (var written = new ReopenedModel(() -> ModelSources.open(folder.temporary()))) {
                agreement = Agreement.check(model, written, backend);
            }
            folder.publish();
            return agreement;
        }
    }

    private void write(Path folder, LongConsumer progress) {
        switch (request.target()) {
            case ConversionTarget.Stagecraft _ ->
                new RunCheckpointWriter(model.weights(), facts).write(folder, progress);
            case ConversionTarget.Megatron(var layout) ->
                new MegatronCheckpointWriter(model.weights(), model.exact(), layout, arguments())
                        .write(folder, progress);
            case ConversionTarget.HuggingFace(var form) -> {
                new HuggingFaceWriter(model.weights(), form).write(folder, progress);
                facts.tokenizer().writeTo(folder);
            }
        }
    }

    /// Whether moments and schedule are written too.
    public boolean keepsOptimizer() {
        return switch (request.target()) {
            case ConversionTarget.Stagecraft _ ->
                !SavedTensors.of(source).moments().isEmpty();
            case ConversionTarget.Megatron(var layout) ->
                new MegatronCheckpointWriter(model.weights(), model.exact(), layout, arguments()).writesOptimizer();
            case ConversionTarget.HuggingFace _ -> false;
        };
    }

    private Map<String, Object> arguments() {
        var arguments = new LinkedHashMap<>(facts.arguments());
        arguments.put("make_vocab_size_divisible_by", (long) request.divisibleBy());
        return arguments;
    }
}
