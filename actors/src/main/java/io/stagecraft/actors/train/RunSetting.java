package io.stagecraft.actors.train;

import io.stagecraft.stages.topology.ParallelTopology;

/// What is to be run.
///
/// @param plan lengths, intervals and rates
/// @param topology the layout
/// @param job what for
/// @param text for the sample
public record RunSetting(TrainingPlan plan, ParallelTopology topology, RunJob job, SampleText text) {}
