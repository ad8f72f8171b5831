package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.MeasuringBackend;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.layer.History;
import io.stagecraft.model.layer.KeyValueCache;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterSizes;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.parallel.MeasuringGroup;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;

/// Memory that one rank needs, found by running its own layers on a backend without memory: forward
/// and backward of one microbatch, evaluation, scoring, and the largest microbatch of generation,
/// as far as the rank is opened for them.
///
/// @param numParameters of the whole stage, over its tensor ranks; a tied copy does not count
/// @param parameters bytes of weights, gradients and moments of this rank
/// @param arenas bytes of activations, activation gradients and scratch of this rank
/// @param inputBytes bytes of tokens, positions, targets and loss weights of one microbatch
/// @param cacheBytes bytes of the keys and values that generation keeps
public record StageMemory(
        long numParameters, ParameterSizes parameters, ArenaSizes arenas, long inputBytes, long cacheBytes) {
    private static final long UNBOUNDED = Long.MAX_VALUE / 8;

    /// Measures for the rank of `spec`; `backend` says the type and what attention saves.
    public static StageMemory measure(RankSpec spec, Backend backend) {
        return measure(spec, StageModel.gpt(spec), backend);
    }

    /// As the other, for a rank whose layers are `model`'s.
    static StageMemory measure(RankSpec spec, StageModel model, Backend backend) {
        var measuring = new MeasuringBackend(backend);
        var group = new MeasuringGroup(
                spec.coordinate().tensorRank(), spec.topology().tensorSize());
        ParameterSizes parameters = ParameterStore.measure(
                measuring, spec.share(), factory -> model.build(measuring, group, spec.slice(), factory));
        try (var store = ParameterStore.allocate(measuring, parameters, spec.share())) {
            GptStage stage = model.build(measuring, group, spec.slice(), store);
            ArenaSizes arenas = new ArenaSizes(1, 0, 0, 0);
            if (spec.readsSamples()) {
                arenas = arenas.max(evaluation(spec, measuring, stage)).max(scoring(spec, measuring, stage));
            }
            if (spec.trains()) {
                arenas = arenas.max(training(spec, measuring, stage));
            }
            if (spec.purpose().generates()) {
                arenas = arenas.max(generation(spec, measuring, stage));
            }
            return new StageMemory(
                    numParameters(stage),
                    spec.trains() ? parameters : parameters.weightsOnly(),
                    arenas,
                    MicrobatchContext.inputBytes(arenas.maxRows(), backend.dtype()),
                    spec.purpose().generates() ? spec.cache().bytes(backend.dtype()) : 0);
        }
    }

    /// Bytes of activations of a rank with `numSlots` microbatches in flight: the slots, the arenas
    /// that all of them share, and the cache of generation.
    public long activationBytes(int numSlots) {
        return numSlots * (arenas.activationBytes() + inputBytes)
                + 2 * arenas.gradientBytes()
                + arenas.scratchBytes()
                + cacheBytes;
    }

    private static long numParameters(GptStage stage) {
        return stage.parameters().stream()
                .filter(parameter -> parameter.role() == Parameter.Role.OWN)
                .mapToLong(parameter -> parameter.globalShape().numElements())
                .sum();
    }

    private static ArenaSizes training(RankSpec spec, MeasuringBackend backend, GptStage model) {
        return run(spec, backend, spec.microbatch(), ForwardContext.Mode.TRAINING, (slot, x) -> {
            var stage = new PipelineStage(model);
            Tensor y = stage.forward(slot, x);
            if (spec.isLastStage()) {
                stage.forwardLoss(slot, y);
            }
            if (spec.splitsBackward()) {
                slot.context().keepGradients();
                stage.backwardInput(
                        slot, spec.isLastStage() ? slot.loss().backwardInput() : arriving(backend, y.shape()));
                stage.backwardWeight(slot);
            } else if (spec.isLastStage()) {
                stage.backward(slot, stage.backwardLoss(slot));
                stage.finishBackward(slot);
            } else {
                stage.backward(slot, arriving(backend, y.shape()));
                stage.finishBackward(slot);
            }
        });
    }

    /// A tensor in a receive buffer, which [LinkPlan#receiveBytes] counts.
    private static Tensor arriving(MeasuringBackend backend, Shape shape) {
        long bytes = shape.numElements() * backend.dtype().sizeBytes();
        return new Tensor(backend.allocate(bytes), 0, shape, backend.dtype());
    }

    private static ArenaSizes evaluation(RankSpec spec, MeasuringBackend backend, GptStage model) {
        return run(spec, backend, spec.microbatch(), ForwardContext.Mode.EVALUATION, (slot, x) -> {
            var stage = new PipelineStage(model);
            Tensor y = stage.forward(slot, x);
            if (spec.isLastStage()) {
                stage.forwardLoss(slot, y);
            }
        });
    }

    private static ArenaSizes scoring(RankSpec spec, MeasuringBackend backend, GptStage model) {
        return run(spec, backend, spec.microbatch(), ForwardContext.Mode.EVALUATION, (slot, x) -> {
            var stage = new PipelineStage(model);
            Tensor y = stage.forward(slot, x);
            if (spec.isLastStage()) {
                var group = new MeasuringGroup(0, spec.topology().tensorSize());
                var whole = new TargetRows.Span(0, 0, spec.microbatch().rows());
                new TargetRows(backend, stage, group).score(slot, y, List.of(whole));
            }
        });
    }

    private static ArenaSizes generation(RankSpec spec, MeasuringBackend backend, GptStage model) {
        int rows = spec.purpose().maxRows();
        KeyValueCache.Extent of = spec.cache();
        var extent = new KeyValueCache.Extent(
                of.firstLayer(), of.numLayers(), rows, of.numPositions(), of.numHeads(), of.headSize());
        try (var cache = new KeyValueCache(backend, extent)) {
            var shape = new MicrobatchShape(rows, 1);
            return run(spec, backend, shape, ForwardContext.Mode.EVALUATION, (slot, x) -> {
                slot.context().goOn(new History.Cached(cache, 0, 0));
                var stage = new PipelineStage(model);
                Tensor y = stage.forward(slot, x);
                if (spec.isLastStage()) {
                    var logits = new LogitRows(
                            spec,
                            backend,
                            stage,
                            new MeasuringGroup(0, spec.topology().tensorSize()));
                    logits.measure(slot, y);
                }
            });
        }
    }

    private interface Program {
        void run(MicrobatchSlot slot, Tensor x);
    }

    private static ArenaSizes run(
            RankSpec spec, MeasuringBackend backend, MicrobatchShape shape, ForwardContext.Mode mode, Program program) {
        var unbounded = new ArenaSizes(shape.rows(), UNBOUNDED, UNBOUNDED, UNBOUNDED);
        try (var shared = new SharedArenas(backend, unbounded);
                var context = new MicrobatchContext(backend, unbounded, shared, "measured")) {
            context.begin(mode, shape, 0, 1);
            Tensor x = arriving(
                    backend,
                    spec.isFirstStage()
                            ? Shape.of(0)
                            : Shape.of(shape.rows(), spec.model().hiddenSize()));
            program.run(new MicrobatchSlot(context), x);
            return new ArenaSizes(
                    shape.rows(),
                    TensorArena.roundUp(context.arena().peakBytes()),
                    shared.peakGradientBytes(),
                    shared.peakScratchBytes());
        }
    }
}
