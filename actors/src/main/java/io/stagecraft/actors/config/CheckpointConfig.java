package io.stagecraft.actors.config;

import java.nio.file.Path;

/// Where and when a run is saved, and whether it goes on with what is there.
///
/// @param directory of the run's checkpoints
/// @param interval steps between checkpoints, 0 for one at the end only
/// @param keep how many to keep
/// @param resume whether a run goes on
/// @param onDifference what to do with a checkpoint that contradicts the configuration
/// @param save whether anything is saved
/// @param failpoint where a test halts the program, see [Failpoints#of]; empty otherwise
public record CheckpointConfig(
        Path directory, int interval, int keep, Resume resume, OnDifference onDifference, Save save, String failpoint) {
    /// Whether a run that trains is saved.
    public enum Save {
        /// At the intervals and at the end.
        ON,
        /// Never.
        OFF
    }

    /// Whether a run goes on from the newest intact checkpoint of [#directory].
    public enum Resume {
        /// If there is one.
        AUTO,
        /// From the beginning, whatever is there.
        NEVER,
        /// There must be one.
        REQUIRED
    }

    /// What to do when a checkpoint was written with settings that make another run.
    public enum OnDifference {
        /// Say all differences and start nothing.
        REFUSE,
        /// Say all differences and go on with the configuration's values.
        ACCEPT
    }

    public CheckpointConfig {
        Range.NOT_NEGATIVE.require("checkpoint.interval", interval);
        Range.AT_LEAST_ONE.require("checkpoint.keep", keep);
    }

    /// A run that goes on if there is something to go on with.
    public CheckpointConfig(Path directory, int interval, int keep) {
        this(directory, interval, keep, Resume.AUTO, OnDifference.REFUSE, Save.ON, "");
    }
}
