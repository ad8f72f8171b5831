package io.stagecraft.model.layer;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.stream.Stream;

/// Parts with a planted mistake each.
final class BrokenParts {
    private BrokenParts() {}

    /// Leaves out one of the sums over ranks.
    static final class LeavesOutOneSum implements TensorParallelGroup {
        private final TensorParallelGroup whole;
        private final int leftOut;
        private int numSums;

        LeavesOutOneSum(TensorParallelGroup whole, int leftOut) {
            this.whole = whole;
            this.leftOut = leftOut;
        }

        @Override
        public int rank() {
            return whole.rank();
        }

        @Override
        public int size() {
            return whole.size();
        }

        @Override
        public void allReduceSum(Tensor x) {
            if (numSums++ != leftOut) {
                whole.allReduceSum(x);
            }
        }

        @Override
        public void allReduceMax(Tensor x) {
            whole.allReduceMax(x);
        }

        @Override
        public void allGather(Tensor slice, Tensor full) {
            whole.allGather(slice, full);
        }
    }

    /// Numbers the heads of every rank from 0, forward and backward alike.
    static Backend dropoutByLocalHead(Backend backend) {
        return (Backend) Proxy.newProxyInstance(
                Backend.class.getClassLoader(), new Class<?>[] {Backend.class}, (proxy, method, arguments) -> {
                    Object[] changed = arguments == null ? new Object[0] : arguments.clone();
                    for (int i = 0; i < changed.length; i++) {
                        if (changed[i] instanceof AttentionSpec spec) {
                            changed[i] = new AttentionSpec(
                                    spec.numSequences(),
                                    spec.numPositions(),
                                    spec.numHeads(),
                                    spec.headSize(),
                                    0,
                                    spec.scale(),
                                    spec.dropout(),
                                    spec.mask());
                        }
                    }
                    try {
                        return method.invoke(backend, changed);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    /// An MLP whose second linear layer adds its bias before the sum over ranks, if `everyRank`.
    static final class MlpAddingBias implements Layer {
        private final Backend backend;
        private final TensorParallelGroup group;
        private final ColumnParallelLinear in;
        private final RowParallelLinear out;
        private final boolean everyRank;

        MlpAddingBias(
                Backend backend,
                TensorParallelGroup group,
                ColumnParallelLinear in,
                RowParallelLinear out,
                boolean everyRank) {
            this.backend = backend;
            this.group = group;
            this.in = in;
            this.out = out;
            this.everyRank = everyRank;
        }

        @Override
        public Pass forward(Tensor x, ForwardContext context) {
            Tensor weight = out.parameters().getFirst().value();
            Tensor bias = out.parameters().getLast().value();
            Tensor activated = in.allocate(x, context.arena());
            Tensor preactivation = in.forwardGelu(x, Gelu.TANH, activated, context.arena());
            Tensor y = context.arena().allocate(x.dtype(), x.shape());
            boolean adds = everyRank || group.rank() == 0;
            var epilogue = adds ? new Epilogue.AddBias(bias) : Epilogue.NONE;
            backend.matmul(Matmul.transposeB(), activated, weight, y, epilogue);
            group.allReduceSum(y);
            return new Pass() {
                @Override
                public Tensor output() {
                    return y;
                }

                @Override
                public Tensor backwardInput(Tensor dY) {
                    out.backwardDropout(dY, Dropout.none(), context.gradients());
                    Tensor d = context.gradients().allocate(activated.dtype(), activated.shape());
                    out.backwardInput(dY, d);
                    in.backwardGelu(Gelu.TANH, d, preactivation);
                    in.backwardWeight(d, x);
                    out.backwardWeight(dY, activated);
                    return in.backwardInput(d, context.gradients());
                }

                @Override
                public void backwardWeight() {}
            };
        }

        @Override
        public List<Parameter> parameters() {
            return Stream.concat(in.parameters().stream(), out.parameters().stream())
                    .toList();
        }
    }
}
