package io.stagecraft.actors.config;

import java.nio.file.Path;

/// Where and when weights are saved.
///
/// @param directory of the run's checkpoints
/// @param interval steps between checkpoints, 0 for one at the end only
/// @param keep how many to keep
/// @param failpoint where a test halts the program, see [Failpoints#of]; empty otherwise
public record CheckpointConfig(Path directory, int interval, int keep, String failpoint) {
    public CheckpointConfig {
        Range.NOT_NEGATIVE.require("checkpoint.interval", interval);
        Range.AT_LEAST_ONE.require("checkpoint.keep", keep);
    }

    /// For a run that is not to die.
    public CheckpointConfig(Path directory, int interval, int keep) {
        this(directory, interval, keep, "");
    }
}
