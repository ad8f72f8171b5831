package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.MeasuringBackend;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The memory of one rank's parameters: one storage for weights, one for gradients and one for each of
/// Adam's moments, all laid out alike, so that a reduction over data-parallel ranks is one call over one
/// vector.
///
/// Needs to know its size first: build the model once with [#measure], then again with the store.
///
/// - Thread: the rank's compute thread.
public final class ParameterStore implements ParameterFactory, AutoCloseable {
    private static final long UNBOUNDED = Long.MAX_VALUE / 4;

    private final Backend backend;
    private final Region weights;
    private final Region gradients;
    private final Region tiedGradients;
    private final Region firstMoments;
    private final Region secondMoments;
    private final Map<String, TrainedParameter> trained = new LinkedHashMap<>();
    private final List<Parameter> shared = new ArrayList<>();

    private ParameterStore(Backend backend, ParameterSizes sizes) {
        this.backend = backend;
        weights = Region.of(backend, "weights", sizes.storedBytes());
        boolean isTrained = sizes.trainedBytes() > 0;
        // what is not trained has gradients and moments of the right shape without memory: using one throws
        Backend other = isTrained ? backend : new MeasuringBackend(backend);
        long otherBytes = isTrained ? sizes.trainedBytes() : UNBOUNDED;
        gradients = Region.of(other, "gradients", otherBytes);
        tiedGradients =
                Region.of(other, "gradients of tied embeddings", isTrained ? sizes.tiedGradientBytes() : UNBOUNDED);
        firstMoments = Region.of(other, "first moments", otherBytes);
        secondMoments = Region.of(other, "second moments", otherBytes);
    }

    /// A storage, filled from its begin.
    private record Region(Backend backend, Storage storage, TensorArena arena) {
        static Region of(Backend backend, String name, long sizeBytes) {
            Storage storage = backend.allocate(Math.max(TensorArena.ALIGNMENT_BYTES, sizeBytes));
            return new Region(backend, storage, new TensorArena(name, storage));
        }

        Tensor allocate(Shape shape) {
            return arena.allocate(backend.dtype(), shape);
        }

        Tensor whole() {
            long numElements = arena.peakBytes() / backend.dtype().sizeBytes();
            return new Tensor(storage, 0, Shape.of(numElements), backend.dtype());
        }
    }

    /// Sizes of what `model` creates, without memory. `backend` says the type only.
    public static ParameterSizes measure(Backend backend, Consumer<ParameterFactory> model) {
        var store = new ParameterStore(new MeasuringBackend(backend), new ParameterSizes(UNBOUNDED, UNBOUNDED));
        model.accept(store);
        return new ParameterSizes(
                store.weights.arena().peakBytes(), store.tiedGradients.arena().peakBytes());
    }

    /// Zeroed memory of `sizes` from `backend`. The caller closes it. Without memory for training the
    /// gradients and moments are tensors that no backend computes with.
    public static ParameterStore allocate(Backend backend, ParameterSizes sizes) {
        return new ParameterStore(backend, sizes);
    }

    @Override
    public Parameter create(
            String name, Shape globalShape, TensorPartition partition, Parameter.Initialization initialization) {
        return store(name, globalShape, partition, initialization, Parameter.Role.OWN);
    }

    @Override
    public Parameter tied(
            String name, Shape globalShape, TensorPartition partition, Parameter.Initialization initialization) {
        if (!trained.containsKey(name)) {
            return store(name, globalShape, partition, initialization, Parameter.Role.TIED_COPY);
        }
        Tensor value = trained.get(name).parameter().value();
        Tensor gradient = tiedGradients.allocate(value.shape());
        var copy =
                new Parameter(name, globalShape, partition, initialization, value, gradient, Parameter.Role.TIED_COPY);
        shared.add(copy);
        return copy;
    }

    private Parameter store(
            String name,
            Shape globalShape,
            TensorPartition partition,
            Parameter.Initialization initialization,
            Parameter.Role role) {
        if (trained.containsKey(name)) {
            throw new IllegalArgumentException("a parameter named " + name + " exists already on this rank");
        }
        Shape shape = partition.localShape(globalShape);
        Tensor value = weights.allocate(shape);
        Tensor gradient = gradients.allocate(shape);
        var parameter = new Parameter(name, globalShape, partition, initialization, value, gradient, role);
        Tensor first = firstMoments.allocate(shape);
        Tensor second = secondMoments.allocate(shape);
        trained.put(name, new TrainedParameter(parameter, first, second));
        return parameter;
    }

    /// Parameters that this rank updates, in the order of their creation: the model's. A tied copy is
    /// among them if its value is a copy of its own, and then is updated with the summed gradient.
    public List<TrainedParameter> trained() {
        return List.copyOf(trained.values());
    }

    /// All weights as one vector; alignment gaps between parameters are zero and stay zero.
    public Tensor weights() {
        return weights.whole();
    }

    /// All gradients as one vector, without those of tied embeddings whose value is on this rank too.
    public Tensor gradients() {
        return gradients.whole();
    }

    /// All first moments as one vector.
    public Tensor firstMoments() {
        return firstMoments.whole();
    }

    /// All second moments as one vector.
    public Tensor secondMoments() {
        return secondMoments.whole();
    }

    /// Sets every gradient to zero, tied ones too: the begin of a step.
    public void zeroGradients() {
        backend.fill(gradients(), 0);
        for (Parameter copy : shared) {
            backend.fill(copy.gradient(), 0);
        }
    }

    /// Frees the memory.
    @Override
    public void close() {
        for (Region region : List.of(weights, gradients, tiedGradients, firstMoments, secondMoments)) {
            region.storage().close();
        }
    }
}
