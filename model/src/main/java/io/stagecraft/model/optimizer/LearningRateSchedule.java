package io.stagecraft.model.optimizer;

/// Learning rate as a function of the samples that have been trained on: linear warm-up from 0,
/// then a decay to a minimum.
///
/// As in Megatron-LM an update uses the value before its own samples are counted, so the first
/// update under warm-up has rate 0 (Megatron-LM).
///
/// @param maxRate rate at the end of warm-up
/// @param minRate rate at the end of the decay and after; unused by CONSTANT
/// @param numWarmupSamples length of warm-up, 0 for none; no whole number if it is a share of the
///     decay
/// @param numDecaySamples where the decay ends, counted from the begin of the run
/// @param decay form of the decay
public record LearningRateSchedule(
        double maxRate, double minRate, double numWarmupSamples, long numDecaySamples, Decay decay) {
    /// How the rate falls after warm-up.
    public enum Decay {
        /// Not at all.
        CONSTANT,
        /// In a straight line.
        LINEAR,
        /// Along half a cosine.
        COSINE,
        /// As `sqrt(numWarmupSamples / numSamples)`, not below the minimum.
        INVERSE_SQUARE_ROOT
    }

    public LearningRateSchedule {
        if (!(maxRate >= minRate && minRate >= 0)) {
            throw new IllegalArgumentException(
                    "rates must be 0 <= minRate <= maxRate but are " + minRate + " and " + maxRate);
        }
        if (!(numWarmupSamples >= 0 && numWarmupSamples < numDecaySamples)) {
            throw new IllegalArgumentException("samples must be 0 <= numWarmupSamples < numDecaySamples but are "
                    + numWarmupSamples + " and " + numDecaySamples);
        }
    }

    /// The rate after `numSamples` samples: what the update uses that comes next.
    public double at(long numSamples) {
        if (numWarmupSamples > 0 && numSamples <= numWarmupSamples) {
            return maxRate * numSamples / numWarmupSamples;
        }
        if (numSamples > numDecaySamples && decay != Decay.CONSTANT) {
            return minRate;
        }
        return switch (decay) {
            case CONSTANT -> maxRate;
            case LINEAR -> minRate + (maxRate - minRate) * (1 - progress(numSamples));
            case COSINE -> minRate + (maxRate - minRate) * 0.5 * (1 + StrictMath.cos(Math.PI * progress(numSamples)));
            case INVERSE_SQUARE_ROOT -> Math.max(minRate, inverseSquareRoot(numSamples));
        };
    }

    /// The order of operations is Megatron-LM's.
    private double inverseSquareRoot(long numSamples) {
        return maxRate * Math.sqrt(Math.max(numWarmupSamples, 1)) / Math.sqrt(Math.max(numSamples, 1));
    }

    private double progress(long numSamples) {
        return (numSamples - numWarmupSamples) / (numDecaySamples - numWarmupSamples);
    }
}
