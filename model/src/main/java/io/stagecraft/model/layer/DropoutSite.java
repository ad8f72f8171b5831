package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.random.Philox;

/// A place in the model where elements are dropped.
///
/// @param key seed and name of the place, mixed
/// @param threshold `round(probability * 65536)`
public record DropoutSite(long key, int threshold) {
    /// The place `name`, for example `layer.3.attention`, of the run with `seed`.
    public static DropoutSite of(long seed, String name, double probability) {
        int threshold = (int) Math.min(65535, Math.round(probability * 65536));
        return new DropoutSite(Philox.key(seed, name), threshold);
    }

    /// The mask of one microbatch: none in evaluation.
    public Dropout mask(ForwardContext context) {
        return switch (context.mode()) {
            case EVALUATION -> Dropout.none();
            case TRAINING ->
                threshold == 0
                        ? Dropout.none()
                        : new Dropout(threshold, key, context.firstSample(), context.numPositions());
        };
    }
}
