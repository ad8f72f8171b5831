package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSource.Moment;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.PendingCheckpoint;
import io.stagecraft.model.checkpoint.SafetensorsWriter;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.TrainedParameter;
import io.stagecraft.model.optimizer.Adam;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.transport.exchange.Exchange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Writes a stage's global tensors into the stage's shards and reads a rank's parts of a saved
/// model.
///
/// The tensor ranks of replica 0 show their parts to rank 0, which writes them: one writer a file,
/// on one JVM or on several. Moments that are divided over the replicas are put together before:
/// [MomentGather]. The last stage's copy of a tied embedding is not saved; it and its moments are
/// read from the tensor itself, to which they are equal.
///
/// - Thread: the rank's compute thread.
final class StageCheckpoint {
    /// What is saved and loaded.
    ///
    /// @param trained every parameter that the rank updates
    /// @param adam their optimizer
    /// @param replicas gives their moments whole
    record State(List<TrainedParameter> trained, Adam adam, MomentGather replicas) {
        State {
            trained = List.copyOf(trained);
        }
    }

    /// The weight or a moment of a parameter, as far as this rank has it.
    ///
    /// @param name of the global tensor
    /// @param trained the parameter
    /// @param tensor elements of the rank's part of the global tensor
    /// @param firstElement where they begin in it
    private record Part(String name, TrainedParameter trained, Tensor tensor, long firstElement) {
        static Part weight(TrainedParameter trained) {
            Parameter parameter = trained.parameter();
            return new Part(parameter.name(), trained, parameter.value(), 0);
        }

        static List<Part> moments(TrainedParameter trained) {
            String name = trained.parameter().name();
            long first = trained.firstElement();
            return List.of(
                    new Part(Moment.FIRST.of(name), trained, trained.firstMoment(), first),
                    new Part(Moment.SECOND.of(name), trained, trained.secondMoment(), first));
        }

        boolean isWeight() {
            return tensor.equals(trained.parameter().value());
        }

        TensorPartition partition() {
            return trained.parameter().partition();
        }

        TensorSpec global() {
            return TensorSpec.of(name, tensor.dtype(), trained.parameter().globalShape());
        }
    }

    private final RankSpec spec;
    private final Backend backend;
    private final Exchange group;
    private final State state;
    private final MemorySegment[] views;

    StageCheckpoint(RankSpec spec, Backend backend, Exchange group, State state) {
        this.spec = spec;
        this.backend = backend;
        this.group = group;
        this.state = state;
        this.views = new MemorySegment[group.size()];
    }

    /// Writes the stage's shards of weights and of moments in `directory`; only on replica 0, to
    /// which the others give their moments.
    void save(Path directory) {
        int stage = spec.coordinate().stage();
        int stages = spec.topology().pipelineSize();
        List<TrainedParameter> own = state.trained().stream()
                .filter(it -> it.parameter().role() == Parameter.Role.OWN)
                .toList();
        List<Part> weights = own.stream().map(Part::weight).toList();
        List<Part> moments =
                own.stream().flatMap(it -> Part.moments(it).stream()).toList();
        if (spec.coordinate().dataRank() != 0) {
            moments.forEach(this::whole); // weights are equal
        } else if (group.rank() == 0) {
            var unshown = new ArrayList<Part>(weights);
            unshown.addAll(moments);
            try {
                write(directory.resolve(Manifest.modelShard(stage, stages)), weights, unshown);
                write(directory.resolve(Manifest.optimizerShard(stage, stages)), moments, unshown);
            } finally {
                // a file that cannot be written must not leave the peers waiting
                unshown.forEach(this::show);
            }
        } else {
            weights.forEach(this::show);
            moments.forEach(this::show);
        }
    }

    /// Reads this rank's part of every parameter and, if asked for, of its moments.
    void load(Phase.Load load) {
        try (ModelSource source = ModelSources.open(load.directory());
                Arena arena = Arena.ofConfined()) {
            long largest = state.trained().stream()
                    .mapToLong(it -> it.parameter().value().sizeBytes())
                    .max()
                    .orElse(0);
            MemorySegment buffer = arena.allocate(Math.max(1, largest), Long.BYTES);
            state.trained().forEach(it -> read(source, Part.weight(it), buffer));
            switch (load.content()) {
                case WEIGHTS -> {}
                case WEIGHTS_AND_OPTIMIZER -> loadOptimizer(source, buffer);
            }
        }
    }

    private void loadOptimizer(ModelSource source, MemorySegment buffer) {
        long numSteps = source.progress().numAdamSteps();
        for (TrainedParameter trained : state.trained()) {
            for (Part moment : Part.moments(trained)) {
                if (numSteps == 0) {
                    backend.fill(moment.tensor(), 0);
                } else {
                    read(source, moment, buffer);
                }
            }
        }
        state.adam().resume(numSteps);
    }

    private void read(ModelSource source, Part part, MemorySegment buffer) {
        check(source, part);
        Tensor mine = part.tensor();
        MemorySegment bytes =
                buffer.asSlice(0, part.trained().parameter().value().sizeBytes());
        source.read(part.name(), part.partition(), bytes);
        backend.write(bytes.asSlice(part.firstElement() * mine.dtype().sizeBytes(), mine.sizeBytes()), mine);
    }

    /// All that this rank and its replicas have of it; on replica 0 only.
    private Tensor whole(Part part) {
        return part.isWeight() ? part.tensor() : state.replicas().gather(part.trained(), part.tensor());
    }

    private void write(Path file, List<Part> parts, List<Part> unshown) {
        List<TensorSpec> tensors = parts.stream().map(Part::global).toList();
        try (var writer = PendingCheckpoint.shardIn(file, tensors)) {
            for (Part part : parts) {
                unshown.removeFirst();
                offer(part);
                try {
                    write(writer, part);
                } finally {
                    group.release();
                }
            }
            writer.complete();
        }
    }

    private void write(SafetensorsWriter writer, Part part) {
        switch (part.partition()) {
            case TensorPartition.Replicated() -> writer.write(part.name(), views[0]);
            case TensorPartition.Split(int dim, int _, int _) ->
                writer.writeParts(part.name(), dim, Arrays.asList(views));
        }
    }

    private void show(Part part) {
        offer(part);
        group.release();
    }

    /// All ranks offer their part; rank 0 has them in `views` until it releases.
    private void offer(Part part) {
        Tensor whole = whole(part);
        long[] from = new long[group.size()];
        long[] to = new long[group.size()];
        if (group.rank() == 0) {
            Arrays.fill(to, whole.sizeBytes());
        }
        group.share(backend.readable(whole), from, to, views);
    }

    private void check(ModelSource source, Part part) {
        TensorSpec expected = part.global();
        TensorSpec found = source.find(part.name())
                .orElseThrow(() -> new IllegalArgumentException("loading " + source.path() + ": it has no tensor "
                        + expected + "; was it saved from another model?"));
        if (!found.equals(expected)) {
            throw new IllegalArgumentException(
                    "loading " + source.path() + ": expected " + expected + ", got " + found + "; " + reason(source));
        }
    }

    private String reason(ModelSource source) {
        int saved = source.model().paddedVocabSize();
        int wanted = spec.model().paddedVocabSize();
        return saved == wanted
                ? "was it saved from a model of other sizes?"
                : "its vocabulary is padded to " + saved + " rows but this run pads to " + wanted
                        + ": set model.make-vocab-size-divisible-by as it was, or convert the model";
    }
}
