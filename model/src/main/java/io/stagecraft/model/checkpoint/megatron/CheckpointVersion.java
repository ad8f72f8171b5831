package io.stagecraft.model.checkpoint.megatron;

/// Versions of Megatron-LM's checkpoints; the value of `checkpoint_version`.
public enum CheckpointVersion {
    /// Up to v1.0, and the released GPT2-345M: the file does not say its version.
    V0(0),
    /// Two weeks of October 2020.
    V1(1),
    /// From then on.
    V2(2),
    /// From v2.0 on: as [#V2], with other names of arguments.
    V3(3);

    private final double number;

    CheckpointVersion(double number) {
        this.number = number;
    }

    /// As the file says it.
    public double number() {
        return number;
    }
}
