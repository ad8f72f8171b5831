package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Reduction;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Several arrays of floats become one, in ascending order of the parts. The destination may be one of
/// the parts: every element is read from all parts before it is written.
final class ReduceKernels {
    private ReduceKernels() {}

    /// Elements `[from, from + num)` of `destination`; `parts[0 .. numParts)` are addresses.
    static void reduce(Reduction reduction, long[] parts, int numParts, long destination, long offset, int num) {
        switch (reduction) {
            case SUM -> sum(parts, numParts, destination, offset, num);
            case MAX -> max(parts, numParts, destination, offset, num);
        }
    }

    private static void sum(long[] parts, int numParts, long destination, long offset, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = offset + 4L * i;
            FloatVector total = Lanes.load(parts[0] + o);
            for (int p = 1; p < numParts; p++) {
                total = total.add(Lanes.load(parts[p] + o));
            }
            Lanes.store(total, destination + o);
        }
        if (full < num) {
            long o = offset + 4L * full;
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector total = Lanes.load(parts[0] + o, mask);
            for (int p = 1; p < numParts; p++) {
                total = total.add(Lanes.load(parts[p] + o, mask));
            }
            Lanes.store(total, destination + o, mask);
        }
    }

    private static void max(long[] parts, int numParts, long destination, long offset, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = offset + 4L * i;
            FloatVector most = Lanes.load(parts[0] + o);
            for (int p = 1; p < numParts; p++) {
                most = most.max(Lanes.load(parts[p] + o));
            }
            Lanes.store(most, destination + o);
        }
        if (full < num) {
            long o = offset + 4L * full;
            VectorMask<Float> mask = Lanes.mask(full, num);
            FloatVector most = Lanes.load(parts[0] + o, mask);
            for (int p = 1; p < numParts; p++) {
                most = most.max(Lanes.load(parts[p] + o, mask));
            }
            Lanes.store(most, destination + o, mask);
        }
    }
}
