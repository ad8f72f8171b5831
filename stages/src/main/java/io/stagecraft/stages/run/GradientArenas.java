package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.TensorArena;

/// Two arenas that alternate from layer to layer in backward: the gradient that the layer above left in one
/// stays valid while the layer below fills the other, so memory does not grow with the number of layers.
///
/// One pair serves all microbatches of a rank: only one backward runs at a time.
final class GradientArenas implements AutoCloseable {
    private final Storage evenStorage;
    private final Storage oddStorage;
    private final TensorArena even;
    private final TensorArena odd;
    private boolean isOdd;

    /// Allocates twice `bytes`.
    GradientArenas(Backend backend, long bytes) {
        evenStorage = backend.allocate(bytes);
        oddStorage = backend.allocate(bytes);
        even = new TensorArena("gradients, even layers", evenStorage);
        odd = new TensorArena("gradients, odd layers", oddStorage);
    }

    TensorArena current() {
        return isOdd ? odd : even;
    }

    /// The other arena, emptied.
    TensorArena next() {
        isOdd = !isOdd;
        current().reset();
        return current();
    }

    long peakBytes() {
        return Math.max(even.peakBytes(), odd.peakBytes());
    }

    @Override
    public void close() {
        evenStorage.close();
        oddStorage.close();
    }
}
