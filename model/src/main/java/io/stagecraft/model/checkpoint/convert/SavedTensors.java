package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSource.Moment;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptParameters;
import io.stagecraft.model.layer.Parameter;
import java.util.ArrayList;
import java.util.List;

/// What a saved model must and may have.
///
/// @param weights every parameter once, in the model's order
/// @param moments both of every parameter; none if they are not saved
record SavedTensors(List<TensorSpec> weights, List<TensorSpec> moments) {
    SavedTensors {
        weights = List.copyOf(weights);
        moments = List.copyOf(moments);
    }

    /// Those of `source`.
    ///
    /// - Errors: [CheckpointFormatException] naming a tensor that is absent or of other extents
    ///   than the model says, or moments that are there for some parameters only.
    static SavedTensors of(ModelSource source) {
        var weights = new ArrayList<TensorSpec>();
        var moments = new ArrayList<TensorSpec>();
        int expected = 0;
        for (Parameter parameter : GptParameters.of(source.model())) {
            if (parameter.role() == Parameter.Role.OWN) {
                weights.add(ModelSources.required(source, parameter));
                for (Moment moment : Moment.values()) {
                    expected++;
                    source.find(moment.of(parameter.name())).ifPresent(moments::add);
                }
            }
        }
        if (!moments.isEmpty() && moments.size() != expected) {
            throw new CheckpointFormatException(
                    source.path(),
                    "moments",
                    0,
                    "expected both of every parameter, " + expected + ", or none but there are " + moments.size());
        }
        return new SavedTensors(weights, moments);
    }

    /// Whether `name` is that of a moment.
    static boolean isMoment(String name) {
        return name.startsWith("optimizer.");
    }

    /// Bytes of all tensors.
    long sizeBytes() {
        return weights.stream().mapToLong(TensorSpec::sizeBytes).sum()
                + moments.stream().mapToLong(TensorSpec::sizeBytes).sum();
    }
}
