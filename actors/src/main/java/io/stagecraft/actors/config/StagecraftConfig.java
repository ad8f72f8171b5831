package io.stagecraft.actors.config;

/// Everything a command can be told, read once by `TrainConfigReader` from `stagecraft { ... }`.
///
/// A configuration that cannot be laid out, or that contradicts itself, cannot be constructed.
///
/// @param run name, seed, directory
/// @param data text and sequences
/// @param model sizes
/// @param parallel layout
/// @param train steps and batches
/// @param optimizer Adam and its schedule
/// @param transport data plane
/// @param backend arithmetic
/// @param checkpoint saving
/// @param start what a run that does not resume begins with
/// @param generate sampling
/// @param telemetry records
public record StagecraftConfig(
        RunConfig run,
        DataConfig data,
        ModelConfig model,
        ParallelConfig parallel,
        TrainConfig train,
        OptimizerConfig optimizer,
        TransportSettings transport,
        BackendConfig backend,
        CheckpointConfig checkpoint,
        StartConfig start,
        GenerateConfig generate,
        TelemetryConfig telemetry) {
    public StagecraftConfig {
        LayoutRules.require(new LayoutRules.Groups(model, parallel, train, data, optimizer, generate));
    }
}
