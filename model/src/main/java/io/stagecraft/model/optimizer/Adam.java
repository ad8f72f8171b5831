package io.stagecraft.model.optimizer;

import io.stagecraft.model.backend.AdamStep;
import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.TrainedParameter;
import java.util.List;
import java.util.function.Predicate;

/// Adam with decoupled weight decay over one rank's parameters, in two groups: matrices decay,
/// embeddings included; biases and layer normalization do not (Megatron-LM).
///
/// - Thread: the rank's compute thread.
public final class Adam {
    private final Backend backend;
    private final AdamConfig config;
    private final List<AdamTensors> decayed;
    private final List<AdamTensors> plain;
    private long numSteps;

    /// An optimizer of `parameters` that has made `numSteps` updates before: 0 in a fresh run, with
    /// moments of zero.
    public Adam(Backend backend, AdamConfig config, List<TrainedParameter> parameters, long numSteps) {
        this.backend = backend;
        this.config = config;
        this.numSteps = numSteps;
        decayed = tensors(parameters, Parameter::decays);
        plain = tensors(parameters, parameter -> !parameter.decays());
    }

    private static List<AdamTensors> tensors(List<TrainedParameter> parameters, Predicate<Parameter> group) {
        return parameters.stream()
                .filter(it -> group.test(it.parameter()) && it.numElements() > 0)
                .map(TrainedParameter::adamTensors)
                .toList();
    }

    /// One update from the gradients as they are, times `gradientScale`, the clipping coefficient.
    public void step(double learningRate, double gradientScale) {
        numSteps++;
        update(decayed, stepOf(learningRate, gradientScale, config.weightDecay()));
        update(plain, stepOf(learningRate, gradientScale, 0));
    }

    /// Goes on after `updates` earlier ones, whose moments were loaded.
    public void resume(long updates) {
        numSteps = updates;
    }

    /// Updates made so far, those of earlier runs included: part of a checkpoint.
    public long numSteps() {
        return numSteps;
    }

    private AdamStep stepOf(double learningRate, double gradientScale, double weightDecay) {
        return new AdamStep(
                learningRate, config.beta1(), config.beta2(), config.epsilon(), weightDecay, numSteps, gradientScale);
    }

    private void update(List<AdamTensors> group, AdamStep step) {
        for (AdamTensors tensors : group) {
            backend.adam(step, tensors);
        }
    }
}
