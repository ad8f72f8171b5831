package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.MeasuringBackend;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.layer.ParameterSizes;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.parallel.MeasuringGroup;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;

/// Memory that one rank needs, found by running its own layers on a backend without memory: forward and
/// backward of one microbatch, evaluation, and the longest sequence of generation.
///
/// @param parameters of weights, gradients and moments
/// @param arenas of activations and activation gradients
public record StageMemory(ParameterSizes parameters, ArenaSizes arenas) {
    private static final long UNBOUNDED = Long.MAX_VALUE / 8;

    /// Measures for the rank of `spec`; `backend` says the type and what attention saves.
    public static StageMemory measure(RankSpec spec, Backend backend) {
        var measuring = new MeasuringBackend(backend);
        var group = new MeasuringGroup(
                spec.coordinate().tensorRank(), spec.topology().tensorSize());
        var builder = new GptBuilder(spec.model(), measuring, group, spec.seed());
        ParameterSizes parameters = ParameterStore.measure(measuring, factory -> builder.build(spec.slice(), factory));
        try (var store = ParameterStore.allocate(measuring, parameters)) {
            GptStage stage = builder.build(spec.slice(), store);
            ArenaSizes arenas = training(spec, measuring, stage)
                    .max(evaluation(spec, measuring, stage))
                    .max(generation(spec, measuring, stage));
            return new StageMemory(parameters, arenas);
        }
    }

    private static ArenaSizes training(RankSpec spec, MeasuringBackend backend, GptStage model) {
        return run(spec, backend, spec.microbatch(), ForwardContext.Mode.TRAINING, (slot, x) -> {
            var stage = new PipelineStage(model);
            Tensor y = stage.forward(slot, x);
            Tensor dY;
            if (spec.isLastStage()) {
                stage.forwardLoss(slot, y);
                dY = stage.backwardLoss(slot);
            } else {
                slot.context().alternateGradients();
                dY = slot.context().gradients().allocate(y.dtype(), y.shape());
            }
            stage.backward(slot, dY);
        });
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

    private static ArenaSizes generation(RankSpec spec, MeasuringBackend backend, GptStage model) {
        return run(spec, backend, spec.longestSequence(), ForwardContext.Mode.EVALUATION, (slot, x) -> {
            var stage = new PipelineStage(model);
            Tensor y = stage.forward(slot, x);
            if (spec.isLastStage()) {
                stage.logits(slot, y.rows(0, 1));
                slot.context().arena().allocate(y.dtype(), Shape.of(spec.model().paddedVocabSize()));
            }
        });
    }

    private interface Program {
        void run(MicrobatchSlot slot, Tensor x);
    }

    private static ArenaSizes run(
            RankSpec spec, MeasuringBackend backend, MicrobatchShape shape, ForwardContext.Mode mode, Program program) {
        var unbounded = new ArenaSizes(shape.rows(), UNBOUNDED, UNBOUNDED);
        try (var gradients = new GradientArenas(backend, UNBOUNDED);
                var context = new MicrobatchContext(backend, unbounded, gradients, "measured")) {
            context.begin(mode, shape, 0, 1);
            Tensor x = context.arena()
                    .allocate(
                            backend.dtype(),
                            spec.isFirstStage()
                                    ? Shape.of(0)
                                    : Shape.of(shape.rows(), spec.model().hiddenSize()));
            program.run(new MicrobatchSlot(context), x);
            return new ArenaSizes(
                    shape.rows(), TensorArena.roundUp(context.arena().peakBytes()), gradients.peakBytes());
        }
    }
}
