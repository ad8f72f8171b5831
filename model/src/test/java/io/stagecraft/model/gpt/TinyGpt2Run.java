package io.stagecraft.model.gpt;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptStage.TiedEmbedding;
import io.stagecraft.model.layer.ForwardContext.Mode;
import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.LossHead;
import io.stagecraft.model.layer.MicrobatchContext;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.layer.Pass;
import io.stagecraft.model.optimizer.Adam;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.GradientNorm;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The oracle's model and microbatch on one rank of any backend.
final class TinyGpt2Run implements AutoCloseable {
    private static final long ARENA_BYTES = 16 << 20;

    private final Backend backend;
    private final ParameterStore store;
    private final GptStage stage;
    private final LossHead head;
    private final MicrobatchContext context;
    private final Adam adam;
    private final GradientNorm norm;

    TinyGpt2Run(TinyGpt2Oracle oracle, Backend backend) {
        this.backend = backend;
        var builder = new GptBuilder(oracle.config(), backend, TensorParallelGroup.single(), 0);
        var slice = GptSlice.whole(oracle.config());
        store = ParameterStore.allocate(backend, ParameterStore.measure(backend, f -> builder.build(slice, f)));
        stage = builder.build(slice, store);
        head = ((GptStage.End.Loss) stage.end()).head();
        stage.parameters().forEach(parameter -> oracle.load(parameter, backend));
        context = new MicrobatchContext(backend, Mode.TRAINING, oracle.batch(), ARENA_BYTES);
        adam = new Adam(backend, AdamConfig.defaults(), store.trained(), 0);
        norm = new GradientNorm(backend, TensorParallelGroup.single(), stage.parameters());
    }

    GptStage stage() {
        return stage;
    }

    /// Outputs of the embedding and of each transformer layer.
    List<double[]> hiddenStates() {
        context.arena().reset();
        var states = new ArrayList<double[]>();
        Tensor x = context.tokens();
        for (Layer layer : stage.layers()) {
            x = layer.forward(x, context).output();
            states.add(MicrobatchContext.read(backend, x));
        }
        return states;
    }

    double[] logits() {
        context.arena().reset();
        Tensor x = context.tokens();
        for (Layer layer : stage.layers()) {
            x = layer.forward(x, context).output();
        }
        return MicrobatchContext.read(backend, head.logits(x, context));
    }

    /// Loss; leaves all gradients, both of the tied embedding summed.
    double backward() {
        context.arena().reset();
        context.gradients().reset();
        store.zeroGradients();
        var passes = new ArrayList<Pass>();
        Tensor x = context.tokens();
        for (Layer layer : stage.layers()) {
            passes.add(layer.forward(x, context));
            x = passes.getLast().output();
        }
        LossHead.LossPass loss = head.forward(x, context);
        Tensor gradient = loss.backwardInput();
        loss.backwardWeight();
        for (Pass pass : passes.reversed()) {
            gradient = pass.backwardInput(gradient);
            pass.backwardWeight();
        }
        if (stage.tiedEmbedding() instanceof TiedEmbedding.Both(var own, var copy)) {
            backend.add(copy.gradient(), own.gradient());
        }
        return context.lossScale() * backend.read(loss.lossSum(), 0);
    }

    double gradientNorm() {
        double[] squares = new double[norm.parameters().size()];
        norm.measure();
        norm.squares(squares);
        return Math.sqrt(Arrays.stream(squares).sum());
    }

    /// A whole step; gives the loss before it.
    double step() {
        double loss = backward();
        adam.step(1e-3, new GradientClipping(1).coefficient(gradientNorm()));
        return loss;
    }

    @Override
    public void close() {
        context.close();
        norm.close();
        store.close();
    }
}
