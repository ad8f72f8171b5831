package io.stagecraft.actors.config;

import java.nio.file.Path;

/// What a run is called and what makes it repeatable.
///
/// @param name for the log and the manifest
/// @param seed of weights, dropout masks and order of samples; > 0
/// @param directory where log, JSONL and checkpoints go unless they say otherwise
public record RunConfig(String name, long seed, Path directory) {
    public RunConfig {
        Range.AT_LEAST_ONE.require("run.seed", seed);
    }
}
