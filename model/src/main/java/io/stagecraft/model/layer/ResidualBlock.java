package io.stagecraft.model.layer;

import io.stagecraft.model.backend.LayerNormOperands;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.List;
import java.util.stream.Stream;

/// `y = x + f(layerNorm(x))`: half of a pre-LN transformer layer.
final class ResidualBlock implements Layer {
    private final LayerNorm norm;
    private final ResidualBranch branch;

    ResidualBlock(LayerNorm norm, ResidualBranch branch) {
        this.norm = norm;
        this.branch = branch;
    }

    @Override
    public Pass forward(Tensor x, ForwardContext context) {
        TensorArena arena = context.arena();
        Tensor y = arena.allocate(x.dtype(), x.shape());
        long mark = arena.mark();
        LayerNormOperands operands = norm.operands(x, arena);
        Tensor normalized = norm.forward(operands, arena);
        Pass branchPass = branch.forward(normalized, x, y, context);
        return switch (context.mode()) {
            case TRAINING -> new BlockPass(operands, branchPass);
            case EVALUATION -> {
                arena.reset(mark);
                yield new EvaluatedPass(y);
            }
        };
    }

    @Override
    public List<Parameter> parameters() {
        return Stream.concat(norm.parameters().stream(), branch.parameters().stream())
                .toList();
    }

    private final class BlockPass implements Pass {
        private final LayerNormOperands operands;
        private final Pass branchPass;

        BlockPass(LayerNormOperands operands, Pass branchPass) {
            this.operands = operands;
            this.branchPass = branchPass;
        }

        @Override
        public Tensor output() {
            return branchPass.output();
        }

        @Override
        public Tensor backwardInput(Tensor dY) {
            Tensor dX = branchPass.backwardInput(dY);
            norm.backward(operands, dX, dY, dX);
            return dX;
        }

        @Override
        public void backwardWeight() {
            branchPass.backwardWeight();
        }
    }
}
