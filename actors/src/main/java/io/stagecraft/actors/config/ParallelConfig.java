package io.stagecraft.actors.config;

import io.stagecraft.stages.topology.ParallelTopology;

/// How the model is laid out over ranks.
///
/// @param topology extents of the three axes
/// @param schedule order of forward and backward passes
public record ParallelConfig(ParallelTopology topology, Schedule schedule) {
    /// The pipeline schedules.
    public enum Schedule {
        /// One forward, one backward: PipeDream-flush.
        ONE_FORWARD_ONE_BACKWARD,
        /// All forwards, then all backwards.
        GPIPE
    }
}
