package io.stagecraft.model.data;

import java.nio.file.Path;

/// An indexed dataset and its weight in a blend.
///
/// @param weight above 0; weights need not sum to 1
/// @param prefix path of its files without `.bin` and `.idx`
public record WeightedPath(double weight, Path prefix) {
    public WeightedPath {
        if (!(weight > 0 && Double.isFinite(weight))) {
            throw new IllegalArgumentException("the weight of " + prefix + " must be above 0 but is " + weight);
        }
    }
}
