package io.stagecraft.actors.config;

import java.nio.file.Path;

/// Where and when weights are saved.
///
/// @param directory of the run's checkpoints
/// @param interval steps between checkpoints, 0 for one at the end only
/// @param keep how many to keep
public record CheckpointConfig(Path directory, int interval, int keep) {
    public CheckpointConfig {
        Range.NOT_NEGATIVE.require("checkpoint.interval", interval);
        Range.AT_LEAST_ONE.require("checkpoint.keep", keep);
    }
}
