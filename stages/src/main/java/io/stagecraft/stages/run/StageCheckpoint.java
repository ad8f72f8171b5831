package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.SafetensorsWriter;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.transport.exchange.Exchange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Writes a stage's global tensors into the stage's shard and reads a rank's parts of a checkpoint.
///
/// The tensor ranks of replica 0 show their parts to rank 0, which writes them: one writer a file, on one
/// JVM or on several. The last stage's copy of a tied embedding is not saved; it is read from the tensor
/// itself.
///
/// - Thread: the rank's compute thread.
final class StageCheckpoint {
    private final RankSpec spec;
    private final Backend backend;
    private final Exchange group;
    private final List<Parameter> parameters;
    private final MemorySegment[] views;

    StageCheckpoint(RankSpec spec, Backend backend, Exchange group, List<Parameter> parameters) {
        this.spec = spec;
        this.backend = backend;
        this.group = group;
        this.parameters = List.copyOf(parameters);
        this.views = new MemorySegment[group.size()];
    }

    /// Writes `model-<stage>-of-<stages>.safetensors` in `directory`; only on replica 0.
    void save(Path directory) {
        if (spec.coordinate().dataRank() != 0) {
            return; // replicas are equal
        }
        if (group.rank() == 0) {
            write(directory);
        } else {
            saved().forEach(this::show);
        }
    }

    /// Reads this rank's part of every parameter.
    void load(Path directory) {
        try (CheckpointReader reader = CheckpointStore.open(directory);
                Arena arena = Arena.ofConfined()) {
            long largest = parameters.stream()
                    .mapToLong(parameter -> parameter.value().sizeBytes())
                    .max()
                    .orElse(0);
            MemorySegment buffer = arena.allocate(Math.max(1, largest), Long.BYTES);
            for (Parameter parameter : parameters) {
                MemorySegment part = buffer.asSlice(0, parameter.value().sizeBytes());
                check(reader, parameter);
                reader.read(parameter.name(), parameter.partition(), part);
                backend.write(part, parameter.value());
            }
        }
    }

    private void write(Path directory) {
        Path file = directory.resolve(
                Manifest.modelShard(spec.coordinate().stage(), spec.topology().pipelineSize()));
        List<Parameter> rest = saved();
        int shown = 0;
        try (var writer = SafetensorsWriter.create(
                file, rest.stream().map(StageCheckpoint::global).toList(), Map.of("format", "pt"))) {
            for (Parameter parameter : rest) {
                offer(parameter);
                shown++;
                try {
                    write(writer, parameter);
                } finally {
                    group.release();
                }
            }
            writer.finish();
        } finally {
            // a file that cannot be written must not leave the peers waiting
            rest.subList(shown, rest.size()).forEach(this::show);
        }
    }

    private void write(SafetensorsWriter writer, Parameter parameter) {
        switch (parameter.partition()) {
            case TensorPartition.Replicated() -> writer.write(parameter.name(), views[0]);
            case TensorPartition.Split(int dim, int _, int _) ->
                writer.writeParts(parameter.name(), dim, Arrays.asList(views));
        }
    }

    private void show(Parameter parameter) {
        offer(parameter);
        group.release();
    }

    /// All ranks offer their part; rank 0 has them in `views` until it releases.
    private void offer(Parameter parameter) {
        long[] from = new long[group.size()];
        long[] to = new long[group.size()];
        if (group.rank() == 0) {
            Arrays.fill(to, parameter.value().sizeBytes());
        }
        group.share(backend.readable(parameter.value()), from, to, views);
    }

    private List<Parameter> saved() {
        return parameters.stream()
                .filter(parameter -> parameter.role() == Parameter.Role.OWN)
                .toList();
    }

    private static TensorSpec global(Parameter parameter) {
        return TensorSpec.of(parameter.name(), parameter.value().dtype(), parameter.globalShape());
    }

    private static void check(CheckpointReader reader, Parameter parameter) {
        TensorSpec expected = global(parameter);
        TensorSpec found = reader.spec(parameter.name());
        if (!found.equals(expected)) {
            throw new IllegalArgumentException("loading " + reader.folder() + ": expected " + expected + ", got "
                    + found + "; was it saved from a model of other sizes?");
        }
    }
}
