package io.stagecraft.actors.config;

import io.stagecraft.model.gpt.Recomputation;

/// What backward computes again instead of keeping it. Names are Megatron-LM's.
///
/// @param recomputeGranularity how much
/// @param recomputeMethod which layers, with [Granularity#FULL] only
/// @param recomputeNumLayers layers of a group, or the first ones of each stage; with
///     [Granularity#FULL] only
public record RecomputeConfig(Granularity recomputeGranularity, Method recomputeMethod, int recomputeNumLayers) {
    /// How much is computed again.
    public enum Granularity {
        /// Nothing.
        NONE,
        /// The attention probabilities.
        SELECTIVE,
        /// Whole layers.
        FULL
    }

    /// Which layers are computed again.
    public enum Method {
        /// Not said.
        NONE,
        /// All, in groups.
        UNIFORM,
        /// The first ones of each stage, one by one.
        BLOCK
    }

    public RecomputeConfig {
        Range.AT_LEAST_ONE.require("train.recompute-num-layers", recomputeNumLayers);
    }

    /// Everything is kept.
    public static RecomputeConfig none() {
        return new RecomputeConfig(Granularity.NONE, Method.NONE, 1);
    }

    /// What the layers take.
    ///
    /// - Errors: [IllegalStateException] if whole layers are wanted and no method, which no
    ///   [StagecraftConfig] has.
    public Recomputation recomputation() {
        return switch (recomputeGranularity) {
            case NONE -> new Recomputation.None();
            case SELECTIVE -> new Recomputation.Selective();
            case FULL ->
                switch (recomputeMethod) {
                    case UNIFORM -> new Recomputation.Uniform(recomputeNumLayers);
                    case BLOCK -> new Recomputation.Block(recomputeNumLayers);
                    case NONE -> throw new IllegalStateException("whole layers cannot be recomputed without a method");
                };
        };
    }
}
