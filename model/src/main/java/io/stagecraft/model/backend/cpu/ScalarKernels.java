package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Reduction;
import java.lang.foreign.ValueLayout;

/// Plain loops for what is too short or too rare for vectors: doubles and ints. Arguments but
/// counts and factors are addresses.
final class ScalarKernels {
    private ScalarKernels() {}

    /// `x[i] = value`, doubles.
    static void fill(long x, double value, long num) {
        for (long i = 0; i < num; i++) {
            Lanes.setDouble(x + 8 * i, value);
        }
    }

    /// `x[i] = value`, ints.
    static void fillInts(long x, int value, long num) {
        for (long i = 0; i < num; i++) {
            Lanes.MEMORY.set(ValueLayout.JAVA_INT, x + 4 * i, value);
        }
    }

    /// `into[i] += source[i]`, doubles.
    static void add(long source, long into, long num) {
        for (long i = 0; i < num; i++) {
            Lanes.setDouble(into + 8 * i, Lanes.getDouble(into + 8 * i) + Lanes.getDouble(source + 8 * i));
        }
    }

    /// `x[i] *= factor`, doubles.
    static void scale(long x, double factor, long num) {
        for (long i = 0; i < num; i++) {
            Lanes.setDouble(x + 8 * i, Lanes.getDouble(x + 8 * i) * factor);
        }
    }

    /// The doubles at byte `offset` of all parts as one, in ascending order.
    static double reduce(Reduction reduction, long[] parts, int numParts, long offset) {
        double total = Lanes.getDouble(parts[0] + offset);
        for (int p = 1; p < numParts; p++) {
            double part = Lanes.getDouble(parts[p] + offset);
            total = switch (reduction) {
                case SUM -> total + part;
                case MAX -> Math.max(total, part);
            };
        }
        return total;
    }
}
