package io.stagecraft.model.data;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Which data set, and which of its samples, is sample `k` of a blend: always the data set that is
/// furthest behind its weight, the first of equals.
///
/// - Source: Megatron-LM, `helpers.cpp`, `build_blending_indices`.
final class BlendIndex {
    static final int MAX_DATASETS = 254;
    private static final int BLOCK = 128;
    private static final int LANES = 8;

    private final MemorySegment datasets; // u8
    private final NpyArray samples;

    private BlendIndex(MemorySegment datasets, NpyArray samples) {
        this.datasets = datasets;
        this.samples = samples;
    }

    /// The order of `numSamples` samples, in memory of `arena`; `shares` sum to about 1.
    static BlendIndex build(double[] shares, long numSamples, Arena arena) {
        if (shares.length < 1 || shares.length > MAX_DATASETS) {
            throw new IllegalArgumentException(
                    "a blend has 1 to " + MAX_DATASETS + " data sets but is given " + shares.length);
        }
        var used = new long[shares.length];
        MemorySegment datasets = arena.allocate(numSamples);
        NpyArray samples = NpyArray.allocate(NpyShape.of(NpyType.INT64, numSamples), arena);
        for (long sample = 0; sample < numSamples; sample++) {
            int chosen = furthestBehind(shares, used, Math.max(sample, 1));
            datasets.set(ValueLayout.JAVA_BYTE, sample, (byte) chosen);
            samples.set(sample, used[chosen]++);
        }
        return new BlendIndex(datasets, samples);
    }

    long numSamples() {
        return samples.shape().numRows();
    }

    int dataset(long sample) {
        return Byte.toUnsignedInt(datasets.get(ValueLayout.JAVA_BYTE, sample));
    }

    long sample(long sample) {
        return samples.get(sample);
    }

    private static int furthestBehind(double[] shares, long[] used, double num) {
        int chosen = 0;
        double most = shares[0] * num - used[0];
        for (int i = 1; i < shares.length; i++) {
            double error = shares[i] * num - used[i];
            if (error > most) {
                most = error;
                chosen = i;
            }
        }
        return chosen;
    }

    /// `weights / numpy.sum(weights)`.
    static double[] normalized(double[] weights) {
        double sum = sum(weights, 0, weights.length);
        double[] shares = weights.clone();
        for (int i = 0; i < shares.length; i++) {
            shares[i] /= sum;
        }
        return shares;
    }

    /// NumPy's pairwise sum, whose order decides the last bit and so may decide between equals.
    private static double sum(double[] values, int from, int num) {
        if (num < LANES) {
            double sum = 0;
            for (int i = 0; i < num; i++) {
                sum += values[from + i];
            }
            return sum;
        }
        if (num > BLOCK) {
            int half = num / 2 - num / 2 % LANES;
            return sum(values, from, half) + sum(values, from + half, num - half);
        }
        var lanes = new double[LANES];
        int whole = num - num % LANES;
        for (int i = 0; i < whole; i++) {
            lanes[i % LANES] += values[from + i];
        }
        double sum = lanes[0] + lanes[1] + (lanes[2] + lanes[3]) + (lanes[4] + lanes[5] + (lanes[6] + lanes[7]));
        for (int i = whole; i < num; i++) {
            sum += values[from + i];
        }
        return sum;
    }
}
