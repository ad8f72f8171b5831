package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.random.PhiloxNormal;
import io.stagecraft.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// A scalar function of x and of parameters, on one tensor rank: what gradients are checked of.
interface Subject {
    /// The value at `x`.
    double forward(Tensor x, ForwardContext context);

    /// dX of the last forward; adds to the parameter gradients.
    Tensor backward(ForwardContext context);

    List<Parameter> parameters();

    /// `Σ_i g_i y_i` with fixed normal numbers g.
    static Subject of(Layer layer, Backend backend) {
        return new LayerSubject(layer, backend);
    }

    /// The loss of `head`.
    static Subject of(LossHead head, Backend backend) {
        return new HeadSubject(head, backend);
    }

    /// The loss of a whole model; `x` is not used.
    static Subject of(GptStage stage, Backend backend) {
        return new StageSubject(stage, backend);
    }

    final class LayerSubject implements Subject {
        private final Layer layer;
        private final Backend backend;
        private final List<Pass> pass = new ArrayList<>();

        LayerSubject(Layer layer, Backend backend) {
            this.layer = layer;
            this.backend = backend;
        }

        @Override
        public double forward(Tensor x, ForwardContext context) {
            pass.clear();
            pass.add(layer.forward(x, context));
            double[] y = MicrobatchContext.read(backend, pass.getFirst().output());
            double sum = 0;
            for (int i = 0; i < y.length; i++) {
                sum += PhiloxNormal.at(99, i) * y[i];
            }
            return sum;
        }

        @Override
        public Tensor backward(ForwardContext context) {
            Tensor y = pass.getFirst().output();
            Tensor dY = context.gradients().allocate(y.dtype(), y.shape());
            double[] cotangent = new double[(int) y.numElements()];
            for (int i = 0; i < cotangent.length; i++) {
                cotangent[i] = PhiloxNormal.at(99, i);
            }
            MicrobatchContext.write(backend, cotangent, dY);
            Tensor dX = pass.getFirst().backwardInput(dY);
            pass.getFirst().backwardWeight();
            return dX;
        }

        @Override
        public List<Parameter> parameters() {
            return layer.parameters();
        }
    }

    final class HeadSubject implements Subject {
        private final LossHead head;
        private final Backend backend;
        private final List<LossHead.LossPass> pass = new ArrayList<>();

        HeadSubject(LossHead head, Backend backend) {
            this.head = head;
            this.backend = backend;
        }

        @Override
        public double forward(Tensor x, ForwardContext context) {
            pass.clear();
            pass.add(head.forward(x, context));
            return context.lossScale() * backend.read(pass.getFirst().lossSum(), 0);
        }

        @Override
        public Tensor backward(ForwardContext context) {
            Tensor dX = pass.getFirst().backwardInput();
            pass.getFirst().backwardWeight();
            return dX;
        }

        @Override
        public List<Parameter> parameters() {
            return head.parameters();
        }
    }

    final class StageSubject implements Subject {
        private final GptStage stage;
        private final Subject head;
        private final List<Pass> passes = new ArrayList<>();

        StageSubject(GptStage stage, Backend backend) {
            this.stage = stage;
            head = switch (stage.end()) {
                case GptStage.End.Loss(LossHead loss) -> new HeadSubject(loss, backend);
                case GptStage.End.NextStage() -> throw new IllegalArgumentException("a stage without a loss");
            };
        }

        @Override
        public double forward(Tensor x, ForwardContext context) {
            passes.clear();
            Tensor y = x;
            for (Layer layer : stage.layers()) {
                passes.add(layer.forward(y, context));
                y = passes.getLast().output();
            }
            return head.forward(y, context);
        }

        @Override
        public Tensor backward(ForwardContext context) {
            Tensor gradient = head.backward(context);
            for (Pass pass : passes.reversed()) {
                gradient = pass.backwardInput(gradient);
                pass.backwardWeight();
            }
            return gradient;
        }

        @Override
        public List<Parameter> parameters() {
            return stage.parameters();
        }
    }
}
