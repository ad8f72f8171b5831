package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.TensorArena;

/// Memory that serves all microbatches of a rank, of which only one is at work at a time.
///
/// For gradients two arenas that alternate from layer to layer in backward: the gradient that the
/// layer above left in one stays valid while the layer below fills the other, so memory does not
/// grow with the number of layers. A third one is the scratch of what a layer computes again.
final class SharedArenas implements AutoCloseable {
    private final Storage evenStorage;
    private final Storage oddStorage;
    private final Storage scratchStorage;
    private final TensorArena even;
    private final TensorArena odd;
    private final TensorArena scratch;
    private boolean isOdd;

    /// Allocates all three.
    SharedArenas(Backend backend, ArenaSizes sizes) {
        evenStorage = backend.allocate(sizes.gradientBytes());
        oddStorage = backend.allocate(sizes.gradientBytes());
        scratchStorage = backend.allocate(sizes.scratchBytes());
        even = new TensorArena("gradients, even layers", evenStorage);
        odd = new TensorArena("gradients, odd layers", oddStorage);
        scratch = new TensorArena("recomputed activations", scratchStorage);
    }

    TensorArena gradients() {
        return isOdd ? odd : even;
    }

    /// The other gradient arena, emptied.
    TensorArena nextGradients() {
        isOdd = !isOdd;
        gradients().reset();
        return gradients();
    }

    /// The scratch, emptied.
    TensorArena scratch() {
        scratch.reset();
        return scratch;
    }

    long peakGradientBytes() {
        return Math.max(even.peakBytes(), odd.peakBytes());
    }

    long peakScratchBytes() {
        return scratch.peakBytes();
    }

    @Override
    public void close() {
        evenStorage.close();
        oddStorage.close();
        scratchStorage.close();
    }
}
