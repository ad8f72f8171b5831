package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.stagecraft.model.backend.Reduction;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/// Several arrays of floats become one, in ascending order of the parts. The destination may be one
/// of the parts: every element is read from all parts before it is written.
final class ReduceKernels {
    private ReduceKernels() {}

    /// Elements `[from, from + num)` of `destination`; `parts[0 .. numParts)` are addresses.
    static void reduce(Reduction reduction, long[] parts, int numParts, long destination, long offset, int num) {
        switch (reduction) {
            case SUM -> sum(parts, numParts, destination, offset, num);
            case MAX -> max(parts, numParts, destination, offset, num);
        }
    }

    /// `num` elements at each of two addresses become their reduction.
    static void reduceIntoBoth(Reduction reduction, long a, long b, int num) {
        switch (reduction) {
            case SUM -> sumIntoBoth(a, b, num);
            case MAX -> maxIntoBoth(a, b, num);
        }
    }

    private static void sumIntoBoth(long a, long b, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector total = fromMemorySegment(SPECIES, MEMORY, a + o, ORDER)
                    .add(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER));
            total.intoMemorySegment(MEMORY, a + o, ORDER);
            total.intoMemorySegment(MEMORY, b + o, ORDER);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector total = fromMemorySegment(SPECIES, MEMORY, a + o, ORDER, mask)
                    .add(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER, mask));
            total.intoMemorySegment(MEMORY, a + o, ORDER, mask);
            total.intoMemorySegment(MEMORY, b + o, ORDER, mask);
        }
    }

    private static void maxIntoBoth(long a, long b, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector most = fromMemorySegment(SPECIES, MEMORY, a + o, ORDER)
                    .max(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER));
            most.intoMemorySegment(MEMORY, a + o, ORDER);
            most.intoMemorySegment(MEMORY, b + o, ORDER);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector most = fromMemorySegment(SPECIES, MEMORY, a + o, ORDER, mask)
                    .max(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER, mask));
            most.intoMemorySegment(MEMORY, a + o, ORDER, mask);
            most.intoMemorySegment(MEMORY, b + o, ORDER, mask);
        }
    }

    private static void sumOfTwo(long a, long b, long destination, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            fromMemorySegment(SPECIES, MEMORY, a + o, ORDER)
                    .add(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER))
                    .intoMemorySegment(MEMORY, destination + o, ORDER);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            fromMemorySegment(SPECIES, MEMORY, a + o, ORDER, mask)
                    .add(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER, mask))
                    .intoMemorySegment(MEMORY, destination + o, ORDER, mask);
        }
    }

    private static void maxOfTwo(long a, long b, long destination, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            fromMemorySegment(SPECIES, MEMORY, a + o, ORDER)
                    .max(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER))
                    .intoMemorySegment(MEMORY, destination + o, ORDER);
        }
        if (full < num) {
            long o = 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            fromMemorySegment(SPECIES, MEMORY, a + o, ORDER, mask)
                    .max(fromMemorySegment(SPECIES, MEMORY, b + o, ORDER, mask))
                    .intoMemorySegment(MEMORY, destination + o, ORDER, mask);
        }
    }

    private static void sum(long[] parts, int numParts, long destination, long offset, int num) {
        if (numParts == 2) { // as most often: without the loop over parts
            sumOfTwo(parts[0] + offset, parts[1] + offset, destination + offset, num);
            return;
        }
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = offset + 4L * i;
            FloatVector total = fromMemorySegment(SPECIES, MEMORY, parts[0] + o, ORDER);
            for (int p = 1; p < numParts; p++) {
                total = total.add(fromMemorySegment(SPECIES, MEMORY, parts[p] + o, ORDER));
            }
            total.intoMemorySegment(MEMORY, destination + o, ORDER);
        }
        if (full < num) {
            long o = offset + 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector total = fromMemorySegment(SPECIES, MEMORY, parts[0] + o, ORDER, mask);
            for (int p = 1; p < numParts; p++) {
                total = total.add(fromMemorySegment(SPECIES, MEMORY, parts[p] + o, ORDER, mask));
            }
            total.intoMemorySegment(MEMORY, destination + o, ORDER, mask);
        }
    }

    private static void max(long[] parts, int numParts, long destination, long offset, int num) {
        if (numParts == 2) { // in one start of many the compiler left the loop's vector in a box for good
            maxOfTwo(parts[0] + offset, parts[1] + offset, destination + offset, num);
            return;
        }
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = offset + 4L * i;
            FloatVector most = fromMemorySegment(SPECIES, MEMORY, parts[0] + o, ORDER);
            for (int p = 1; p < numParts; p++) {
                most = most.max(fromMemorySegment(SPECIES, MEMORY, parts[p] + o, ORDER));
            }
            most.intoMemorySegment(MEMORY, destination + o, ORDER);
        }
        if (full < num) {
            long o = offset + 4L * full;
            VectorMask<Float> mask = SPECIES.indexInRange(full, num);
            FloatVector most = fromMemorySegment(SPECIES, MEMORY, parts[0] + o, ORDER, mask);
            for (int p = 1; p < numParts; p++) {
                most = most.max(fromMemorySegment(SPECIES, MEMORY, parts[p] + o, ORDER, mask));
            }
            most.intoMemorySegment(MEMORY, destination + o, ORDER, mask);
        }
    }
}
