package io.stagecraft.model.data;

import java.nio.file.Path;

/// Where the index files of data sets are kept between runs.
public sealed interface IndexCache {
    /// Beside the data, where Megatron-LM has them.
    record BesideData() implements IndexCache {}

    /// All in one folder, which is made if it is not there.
    record Folder(Path folder) implements IndexCache {}

    /// Nowhere: every run works its index out in memory.
    record None() implements IndexCache {}
}
