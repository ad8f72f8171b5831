package io.stagecraft.model.gpt;

import io.stagecraft.model.backend.MeasuringBackend;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.UntrainedParameters;
import io.stagecraft.model.parallel.MeasuringGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import java.util.List;

/// The parameters that a rank of a model would have: names, shapes and partitions, without memory.
///
/// Thread: any.
public final class GptParameters {
    private GptParameters() {}

    /// All parameters of `model` on one rank, in the model's order; a tied copy is the last.
    public static List<Parameter> of(GptConfig model) {
        return of(model, GptSlice.whole(model), new MeasuringGroup(0, 1));
    }

    /// The parameters of `slice` on the rank that `group` says, in the model's order; a tied copy
    /// is the last.
    ///
    /// - Errors: [IllegalArgumentException] if a size of the model does not divide by the group's.
    public static List<Parameter> of(GptConfig model, GptSlice slice, MeasuringGroup group) {
        try (var nothing = new MeasuringBackend(new ScalarBackend(DType.FLOAT32))) {
            return new GptBuilder(model, nothing, group, 0)
                    .build(slice, new UntrainedParameters(shape -> described(nothing, shape)))
                    .parameters();
        }
    }

    private static Tensor described(MeasuringBackend backend, Shape shape) {
        long bytes =
                Math.multiplyExact(shape.numElements(), (long) backend.dtype().sizeBytes());
        return new Tensor(backend.allocate(bytes), 0, shape, backend.dtype());
    }
}
