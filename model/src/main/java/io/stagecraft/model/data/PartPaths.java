package io.stagecraft.model.data;

/// How the data divide into parts.
public sealed interface PartPaths {
    /// Each dataset is split by documents (`--data-path`, `--split`).
    ///
    /// @param path the data
    /// @param proportions of training, validation and test, such as `969, 30, 1`
    record Split(DataPath path, String proportions) implements PartPaths {}

    /// Each part has data of its own (`--train-data-path` and so on).
    record Separate(DataPath train, DataPath validation, DataPath test) implements PartPaths {}
}
