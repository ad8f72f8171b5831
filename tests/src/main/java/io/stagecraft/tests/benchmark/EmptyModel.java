package io.stagecraft.tests.benchmark;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.LossHead;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterFactory;
import io.stagecraft.model.layer.Pass;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import java.util.List;

/// A model that computes nothing: the first layer gives an activation of the right shape, all
/// others pass on what they get, the loss is 0. Each stage has one parameter of one element,
/// because a rank that trains has one to train.
final class EmptyModel {
    private EmptyModel() {}

    /// The layers of `slice`; one, whatever its length.
    static GptStage build(Backend backend, TensorParallelGroup group, GptSlice slice, ParameterFactory parameters) {
        Parameter parameter = parameters.create(
                "nothing." + slice.fromLayer(),
                Shape.of(1),
                new TensorPartition.Replicated(),
                new Parameter.Initialization.Constant(0));
        boolean isFirst = slice.ends().contains(GptSlice.End.EMBEDDING);
        Layer layer = isFirst ? new Beginning(backend, parameter) : new PassThrough(parameter);
        GptStage.End end = slice.ends().contains(GptSlice.End.HEAD)
                ? new GptStage.End.Loss(new NoLoss(backend))
                : new GptStage.End.NextStage();
        return new GptStage(List.of(layer), end, new GptStage.TiedEmbedding.Absent());
    }

    private record Beginning(Backend backend, Parameter parameter) implements Layer {
        private static final int HIDDEN = BenchmarkTask.EMPTY_HIDDEN;

        @Override
        public Pass forward(Tensor x, ForwardContext context) {
            int rows = context.numSequences() * context.numPositions();
            return new Same(context.arena().allocate(backend.dtype(), Shape.of(rows, HIDDEN)));
        }

        @Override
        public List<Parameter> parameters() {
            return List.of(parameter);
        }
    }

    private record PassThrough(Parameter parameter) implements Layer {
        @Override
        public Pass forward(Tensor x, ForwardContext context) {
            return new Same(x);
        }

        @Override
        public List<Parameter> parameters() {
            return List.of(parameter);
        }
    }

    private record Same(Tensor output) implements Pass {
        @Override
        public Tensor backwardInput(Tensor dY) {
            return dY;
        }

        @Override
        public void backwardWeight() {
            // no gradient
        }
    }

    private record NoLoss(Backend backend) implements LossHead {
        @Override
        public LossPass forward(Tensor x, ForwardContext context) {
            Tensor sum = context.arena().allocate(DType.FLOAT64, Shape.of(1));
            backend.fill(sum, 0);
            return new Zero(sum, x);
        }

        @Override
        public Tensor logits(Tensor x, ForwardContext context) {
            return x;
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }
    }

    private record Zero(Tensor lossSum, Tensor x) implements LossHead.LossPass {
        @Override
        public Tensor backwardInput() {
            return x;
        }

        @Override
        public void backwardWeight() {
            // no gradient
        }
    }
}
