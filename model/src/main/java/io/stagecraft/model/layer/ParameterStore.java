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

/// The memory of one rank's parameters: one storage for weights, one for gradients, laid out alike,
/// so that what is exchanged with data-parallel ranks is a range of one vector, and one for each of
/// Adam's moments, of the elements of a [ReplicaShare].
///
/// Needs to know its size first: build the model once with [#measure], then again with the store.
///
/// - Thread: the rank's compute thread.
public final class ParameterStore implements ParameterFactory, AutoCloseable {
    private static final long UNBOUNDED = Long.MAX_VALUE / 4;

    private final Backend backend;
    private final ParameterSizes sizes;
    private final ReplicaShare share;
    private final Region weights;
    private final Region gradients;
    private final Region tiedGradients;
    private final Region firstMoments;
    private final Region secondMoments;
    private final Map<String, TrainedParameter> trained = new LinkedHashMap<>();
    private final List<GradientSum.Stored> sums = new ArrayList<>();

    private ParameterStore(Backend backend, ParameterSizes sizes, ReplicaShare share) {
        this.backend = backend;
        this.sizes = sizes;
        this.share = share;
        weights = Region.of(backend, "weights", sizes.storedBytes());
        boolean isTrained = sizes.trainedBytes() > 0;
        // what is not trained has gradients and moments of the right shape without memory: using one throws
        Backend other = isTrained ? backend : new MeasuringBackend(backend);
        long otherBytes = isTrained ? sizes.trainedBytes() : UNBOUNDED;
        gradients = Region.of(other, "gradients", otherBytes);
        tiedGradients =
                Region.of(other, "gradients of tied embeddings", isTrained ? sizes.tiedGradientBytes() : UNBOUNDED);
        long momentBytes = isTrained ? sizes.updatedBytes() : UNBOUNDED;
        firstMoments = Region.of(other, "first moments", momentBytes);
        secondMoments = Region.of(other, "second moments", momentBytes);
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

    /// Sizes of what `model` creates, all of which is updated, without memory. `backend` says the
    /// type only.
    public static ParameterSizes measure(Backend backend, Consumer<ParameterFactory> model) {
        return measure(backend, ReplicaShare.whole(), model);
    }

    /// As the other, of a rank that updates `share`.
    public static ParameterSizes measure(Backend backend, ReplicaShare share, Consumer<ParameterFactory> model) {
        var measuring = new MeasuringBackend(backend);
        var unbounded = new ParameterSizes(UNBOUNDED, UNBOUNDED, UNBOUNDED, UNBOUNDED);
        var all = new ParameterStore(measuring, unbounded, ReplicaShare.whole());
        model.accept(all);
        long storedBytes = all.weights.arena().peakBytes();
        var sizes = new ParameterSizes(
                storedBytes, storedBytes, all.tiedGradients.arena().peakBytes(), UNBOUNDED);
        var part = new ParameterStore(measuring, sizes, share); // where a share begins depends on the whole
        model.accept(part);
        return new ParameterSizes(
                storedBytes,
                storedBytes,
                sizes.tiedGradientBytes(),
                part.firstMoments.arena().peakBytes());
    }

    /// Zeroed memory of `sizes` from `backend`, of a rank that updates all of it. The caller closes
    /// it. Without memory for training the gradients and moments are tensors that no backend
    /// computes with.
    public static ParameterStore allocate(Backend backend, ParameterSizes sizes) {
        return allocate(backend, sizes, ReplicaShare.whole());
    }

    /// As the other, of a rank that updates `share`, with which `sizes` was measured.
    public static ParameterStore allocate(Backend backend, ParameterSizes sizes, ReplicaShare share) {
        return new ParameterStore(backend, sizes, share);
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
        GradientSum gradient = sum(tiedGradients.allocate(value.shape()));
        return new Parameter(name, globalShape, partition, initialization, value, gradient, Parameter.Role.TIED_COPY);
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
        GradientSum gradient = sum(gradients.allocate(shape));
        var parameter = new Parameter(name, globalShape, partition, initialization, value, gradient, role);
        long from = firstElement(parameter, share, share.rank());
        Shape updated = Shape.of(firstElement(parameter, share, share.rank() + 1) - from);
        Tensor first = firstMoments.allocate(updated);
        Tensor second = secondMoments.allocate(updated);
        trained.put(name, new TrainedParameter(parameter, from, first, second));
        return parameter;
    }

    private GradientSum sum(Tensor memory) {
        var sum = new GradientSum.Stored(backend, memory);
        sums.add(sum);
        return sum;
    }

    /// Where the part of `replica` begins in the value of `parameter` when its elements are divided
    /// as `division` says; see [ReplicaShare#from].
    public long firstElement(Parameter parameter, ReplicaShare division, int replica) {
        Tensor value = parameter.value();
        int elementBytes = value.dtype().sizeBytes();
        return division.from(
                replica, value.offsetBytes() / elementBytes, value.numElements(), sizes.storedBytes() / elementBytes);
    }

    /// Where the part of each replica begins in the vector of all weights or gradients, and behind
    /// them its length: `division.size() + 1` borders.
    public long[] borders(ReplicaShare division) {
        long[] borders = new long[division.size() + 1];
        borders[division.size()] = weights().numElements();
        for (int replica = 1; replica < division.size(); replica++) {
            for (TrainedParameter it : trained.values()) {
                Tensor value = it.parameter().value();
                long before = firstElement(it.parameter(), division, replica);
                borders[replica] = before == 0
                        ? borders[replica]
                        : value.offsetBytes() / value.dtype().sizeBytes() + before;
            }
        }
        return borders;
    }

    /// Parameters that this rank updates, in the order of their creation: the model's. A tied copy
    /// is among them if its value is a copy of its own, and then is updated with the summed
    /// gradient.
    public List<TrainedParameter> trained() {
        return List.copyOf(trained.values());
    }

    /// All weights as one vector; alignment gaps between parameters are zero and stay zero.
    public Tensor weights() {
        return weights.whole();
    }

    /// All gradients as one vector, without those of tied embeddings whose value is on this rank
    /// too. Zero where no microbatch added anything.
    public Tensor gradients() {
        sums.forEach(GradientSum::tensor);
        return gradients.whole();
    }

    /// Forgets every gradient, tied ones too: the begin of a step. Until backward has added to
    /// them, only [#gradients] and [Parameter#gradient] say that they are zero.
    public void zeroGradients() {
        sums.forEach(GradientSum.Stored::begin);
    }

    /// Frees the memory.
    @Override
    public void close() {
        for (Region region : List.of(weights, gradients, tiedGradients, firstMoments, secondMoments)) {
            region.storage().close();
        }
    }
}
