package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.MeasuringBackend;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptParameters;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.layer.History;
import io.stagecraft.model.layer.InferenceContext;
import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.UntrainedParameters;
import io.stagecraft.model.parallel.MeasuringGroup;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/// Logits of one fixed input, computed from a saved model. Layers are in memory one at a time.
///
/// The input depends on sizes of the model only: tokens from the whole vocabulary at positions from
/// the whole table.
///
/// - Thread: one; the backend's.
final class LogitsProbe {
    /// Enough for every head to attend over several positions; few enough to cost little.
    private static final int MOST_POSITIONS = 64;

    /// A prime, so that tokens come from everywhere.
    private static final long TOKEN_STEP = 7919;

    private static final long UNBOUNDED = Long.MAX_VALUE / 4;

    private final Backend backend;
    private final int numTokens;

    /// A probe on `backend`, which is borrowed, whose tokens are below `numTokens`.
    LogitsProbe(Backend backend, int numTokens) {
        this.backend = backend;
        this.numTokens = numTokens;
    }

    /// Logits `[positions, padded vocabulary]`, row by row.
    float[][] run(ModelSource source) {
        GptConfig model = source.model();
        int rows = Math.min(MOST_POSITIONS, model.maxPositions());
        Shape hidden = Shape.of(rows, model.hiddenSize());
        try (var storage =
                backend.allocate(hidden.numElements() * backend.dtype().sizeBytes())) {
            var x = new Tensor(storage, 0, hidden, backend.dtype());
            forward(source, new GptSlice(0, 0, EnumSet.of(GptSlice.End.EMBEDDING)), x);
            for (int layer = 0; layer < model.numLayers(); layer++) {
                forward(source, new GptSlice(layer, layer + 1, EnumSet.noneOf(GptSlice.End.class)), x);
            }
            int last = model.numLayers();
            return forward(source, new GptSlice(last, last, EnumSet.of(GptSlice.End.HEAD)), x);
        }
    }

    /// Replaces `x` by what the slice makes of it; logits if the slice has the head, nothing
    /// otherwise.
    private float[][] forward(ModelSource source, GptSlice slice, Tensor x) {
        List<Parameter> parameters = GptParameters.of(source.model(), slice, new MeasuringGroup(0, 1));
        long weightBytes = parameters.stream()
                .mapToLong(parameter -> TensorArena.roundUp(
                        parameter.globalShape().numElements() * backend.dtype().sizeBytes()))
                .sum();
        try (Storage weights = backend.allocate(weightBytes);
                Storage memory = backend.allocate(activationBytes(source.model(), slice, x))) {
            var loaded = parameters(backend, new TensorArena("weights", weights));
            GptStage stage =
                    new GptBuilder(source.model(), backend, TensorParallelGroup.single(), 0).build(slice, loaded);
            for (Parameter parameter : stage.parameters()) {
                load(source, parameter);
            }
            var context = context(backend, new TensorArena("activations", memory), rows(x), source.model());
            Tensor y = through(stage, x, context);
            if (stage.end() instanceof GptStage.End.Loss(var head)) {
                return toArrays(head.logits(y, context));
            }
            backend.copy(y, x);
            return new float[0][];
        }
    }

    /// Tokens of the whole vocabulary at positions of the whole table.
    private InferenceContext context(Backend on, TensorArena arena, int numPositions, GptConfig model) {
        int[] tokens = new int[numPositions];
        int[] positions = new int[numPositions];
        for (int i = 0; i < numPositions; i++) {
            tokens[i] = (int) ((i * TOKEN_STEP + numTokens - 1) % numTokens);
            positions[i] = (int) (i * (model.maxPositions() - 1L) / Math.max(1, numPositions - 1));
        }
        return new InferenceContext(on, arena, tokens, positions, History.NONE);
    }

    private static int rows(Tensor x) {
        return Math.toIntExact(x.shape().d0());
    }

    private static Tensor through(GptStage stage, Tensor x, InferenceContext context) {
        Tensor y = x;
        for (Layer layer : stage.layers()) {
            y = layer.forward(y, context).output();
        }
        return y;
    }

    private long activationBytes(GptConfig model, GptSlice slice, Tensor x) {
        try (var measuring = new MeasuringBackend(backend)) {
            var arena = new TensorArena("measured", measuring.allocate(UNBOUNDED));
            var weights = parameters(measuring, new TensorArena("weights", measuring.allocate(UNBOUNDED)));
            GptStage stage = new GptBuilder(model, measuring, TensorParallelGroup.single(), 0).build(slice, weights);
            InferenceContext context = context(measuring, arena, rows(x), model);
            Tensor y = through(stage, x, context);
            if (stage.end() instanceof GptStage.End.Loss(var head)) {
                head.logits(y, context);
            }
            return arena.peakBytes();
        }
    }

    private void load(ModelSource source, Parameter parameter) {
        TensorSpec spec = source.find(parameter.name())
                .orElseThrow(() -> new IllegalArgumentException(source.path() + " has no tensor " + parameter.name()));
        ElementType wanted = ElementType.of(backend.dtype());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment saved = arena.allocate(spec.sizeBytes(), Long.BYTES);
            source.read(parameter.name(), new TensorPartition.Replicated(), saved);
            if (spec.type() == wanted) {
                backend.write(saved, parameter.value());
                return;
            }
            MemorySegment converted = arena.allocate(parameter.value().sizeBytes(), Long.BYTES);
            FloatingPoint.convert(spec.type(), saved, wanted, converted);
            backend.write(converted, parameter.value());
        }
    }

    private float[][] toArrays(Tensor logits) {
        var rows = new ArrayList<float[]>();
        ElementType type = ElementType.of(backend.dtype());
        MemorySegment host = backend.readable(logits);
        int columns = Math.toIntExact(logits.shape().last());
        for (long row = 0; row < logits.shape().rows(); row++) {
            float[] values = new float[columns];
            for (int column = 0; column < columns; column++) {
                values[column] = (float) type.read(host, row * columns + column);
            }
            rows.add(values);
        }
        return rows.toArray(float[][]::new);
    }

    private static UntrainedParameters parameters(Backend backend, TensorArena arena) {
        return new UntrainedParameters(shape -> arena.allocate(backend.dtype(), shape));
    }
}
