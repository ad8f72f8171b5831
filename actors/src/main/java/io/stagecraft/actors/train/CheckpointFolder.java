package io.stagecraft.actors.train;

import java.nio.file.Path;

/// Where a run's checkpoints become durable. Blocks on files.
///
/// - Errors: [java.io.UncheckedIOException] that names the path.
/// - Thread: one at a time.
public interface CheckpointFolder {
    /// An empty directory for the shards of the checkpoint after `step`.
    Path prepare(long step);

    /// Makes the shards that lie in the directory of [#prepare] a checkpoint of `state` that lasts:
    /// sums, manifest, rename; removes what is too old. All ranks have written.
    Durable commit(SavedState state);

    /// Removes what [#prepare] made: the shards are not complete.
    void discard(long step);

    /// A checkpoint that lasts.
    ///
    /// @param directory where it is
    /// @param sizeBytes of all its files
    record Durable(Path directory, long sizeBytes) {}
}
