package io.stagecraft.tests.micro;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;

/// Tensors of one rank: as many as it takes for each to have left the caches before its turn comes
/// again.
///
/// Thread: the rank's.
final class RankMemory implements AutoCloseable {
    private final Storage storage;
    private final Tensor[] tensors;
    private final TwoRanks.Place place;
    private int next;

    RankMemory(Backend backend, TwoRanks.Place place, long bytes, int numTensors) {
        this.place = place;
        storage = backend.allocate(bytes * numTensors);
        tensors = new Tensor[numTensors];
        for (int i = 0; i < numTensors; i++) {
            tensors[i] = new Tensor(storage, i * bytes, Shape.of(bytes / DType.FLOAT32.sizeBytes()), DType.FLOAT32);
            backend.fill(tensors[i], 0);
        }
    }

    /// The tensor whose turn it is.
    Tensor next() {
        next = next + 1 == tensors.length ? 0 : next + 1;
        return tensors[next];
    }

    /// The tensor of the next collective.
    Tensor ofCollective() {
        return switch (place) {
            case MEMORY -> next();
            case CACHE -> tensors[0];
        };
    }

    @Override
    public void close() {
        storage.close();
    }
}
