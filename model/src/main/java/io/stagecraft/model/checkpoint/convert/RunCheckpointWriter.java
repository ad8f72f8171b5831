package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.GptSettings;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.Manifest.Section;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.PendingCheckpoint;
import io.stagecraft.model.checkpoint.SafetensorsWriter;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/// Writes a model as a checkpoint of our own: one shard of weights and one of moments.
///
/// @param source borrowed
/// @param facts what is known beside the tensors
record RunCheckpointWriter(ModelSource source, SourceFacts facts) {
    /// Writes a step's folder and the pointer to it below `root`.
    void write(Path root, LongConsumer progress) {
        SavedTensors tensors = SavedTensors.of(source);
        try (PendingCheckpoint pending =
                new CheckpointStore(root).begin(source.progress().step())) {
            write(pending, Manifest.modelShard(0, 1), tensors.weights(), progress);
            if (!tensors.moments().isEmpty()) {
                write(pending, Manifest.optimizerShard(0, 1), tensors.moments(), progress);
            }
            var position = new Manifest.RunPosition(source.progress(), facts.seed(), new Manifest.Layout(1, 1, 1));
            pending.commit(position, sections(), pending.sumUp());
        }
    }

    private void write(PendingCheckpoint pending, String file, List<TensorSpec> tensors, LongConsumer progress) {
        long largest = tensors.stream().mapToLong(TensorSpec::sizeBytes).max().orElse(0);
        try (SafetensorsWriter writer = pending.shard(file, tensors);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.max(1, largest), Long.BYTES);
            for (TensorSpec spec : tensors) {
                MemorySegment content = buffer.asSlice(0, spec.sizeBytes());
                source.read(spec.name(), new TensorPartition.Replicated(), content);
                writer.write(spec.name(), content);
                progress.accept(content.byteSize());
            }
            writer.finish();
        }
    }

    private Map<Section, Map<String, Object>> sections() {
        var sections = new EnumMap<Section, Map<String, Object>>(Section.class);
        sections.put(Section.MODEL, GptSettings.of(source.model()));
        sections.put(Section.TOKENIZER, facts.tokenizer().settings());
        sections.put(Section.CONFIGURATION, facts.configuration());
        sections.put(Section.STATE, state());
        return sections;
    }

    /// As a run of our own keeps it, so that one can go on.
    private Map<String, Object> state() {
        ModelSource.Progress progress = source.progress();
        var state = new LinkedHashMap<String, Object>();
        state.put("iteration", progress.step());
        state.put("consumed-train-samples", progress.consumedTrainSamples());
        state.put("scheduled-samples", progress.consumedTrainSamples());
        state.put("updates", progress.numAdamSteps());
        state.put("consumed-valid-samples", progress.consumedValidSamples());
        state.put("evaluations-here", 0);
        state.put("skipped-iterations", 0);
        state.put("skipped-in-a-row", 0);
        state.put("log-loss-sum", 0.0);
        state.put("log-losses", 0);
        state.put("log-skipped", 0);
        return state;
    }
}
