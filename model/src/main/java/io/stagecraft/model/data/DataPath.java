package io.stagecraft.model.data;

import java.nio.file.Path;
import java.util.List;

/// Which indexed datasets give a part its tokens.
public sealed interface DataPath {
    /// None: the part is empty.
    record None() implements DataPath {}

    /// One.
    ///
    /// @param prefix path of its files without `.bin` and `.idx`
    record Single(Path prefix) implements DataPath {}

    /// Several by weight; one with a weight is still a blend.
    record Blend(List<WeightedPath> paths) implements DataPath {
        public Blend {
            paths = List.copyOf(paths);
            if (paths.isEmpty() || paths.size() > BlendIndex.MAX_DATASETS) {
                throw new IllegalArgumentException(
                        "a blend has 1 to " + BlendIndex.MAX_DATASETS + " data sets but is given " + paths.size());
            }
        }
    }
}
