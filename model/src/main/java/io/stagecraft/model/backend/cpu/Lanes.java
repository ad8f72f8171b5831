package io.stagecraft.model.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/// Vectors and scalars at raw addresses, and the one written order in which the lanes of a vector are
/// added.
///
/// Whatever sums over lanes uses [#EIGHT], so that its order is the same on every machine; a kernel
/// without such sums uses [#WIDE].
final class Lanes {
    /// Eight floats.
    static final VectorSpecies<Float> EIGHT = FloatVector.SPECIES_256;

    /// As many floats as the machine has in one register, at least eight.
    static final VectorSpecies<Float> WIDE =
            FloatVector.SPECIES_PREFERRED.length() > EIGHT.length() ? FloatVector.SPECIES_512 : EIGHT;

    /// Lanes of [#WIDE].
    static final int WIDTH = WIDE.length();

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();

    /// All of the address space, so that an address is an offset.
    @SuppressWarnings("restricted")
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private Lanes() {}

    /// Eight floats at `address`.
    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(EIGHT, MEMORY, address, ORDER);
    }

    /// The first `num < 8` floats at `address`, then zeros.
    static FloatVector loadFirst(long address, int num) {
        return FloatVector.fromMemorySegment(EIGHT, MEMORY, address, ORDER, EIGHT.indexInRange(0, num));
    }

    /// Writes eight floats.
    static void store(FloatVector v, long address) {
        v.intoMemorySegment(MEMORY, address, ORDER);
    }

    /// Writes the first `num < 8` floats.
    static void storeFirst(FloatVector v, long address, int num) {
        v.intoMemorySegment(MEMORY, address, ORDER, EIGHT.indexInRange(0, num));
    }

    /// [#WIDTH] floats at `address`.
    static FloatVector loadWide(long address) {
        return FloatVector.fromMemorySegment(WIDE, MEMORY, address, ORDER);
    }

    /// The floats at `address` where `mask` is set, else zeros.
    static FloatVector loadWide(long address, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(WIDE, MEMORY, address, ORDER, mask);
    }

    /// Writes [#WIDTH] floats, or of another species' vector as many as it has.
    static void store(FloatVector v, long address, VectorMask<Float> mask) {
        v.intoMemorySegment(MEMORY, address, ORDER, mask);
    }

    /// The lanes `[from, num)` that exist, counted from `from`.
    static VectorMask<Float> wideMask(int from, int num) {
        return WIDE.indexInRange(from, num);
    }

    /// `value` in every lane of [#EIGHT].
    static FloatVector eight(float value) {
        return FloatVector.broadcast(EIGHT, value);
    }

    /// `value` in every lane of [#WIDE].
    static FloatVector wide(float value) {
        return FloatVector.broadcast(WIDE, value);
    }

    /// Sum of the eight lanes: `((0+4) + (2+6)) + ((1+5) + (3+7))`. `reduceLanes(ADD)` has another order
    /// before compilation than after it.
    static float sum(FloatVector v) {
        return ((v.lane(0) + v.lane(4)) + (v.lane(2) + v.lane(6)))
                + ((v.lane(1) + v.lane(5)) + (v.lane(3) + v.lane(7)));
    }

    /// The float at `address`.
    static float get(long address) {
        return MEMORY.get(ValueLayout.JAVA_FLOAT, address);
    }

    /// Writes the float at `address`.
    static void set(long address, float value) {
        MEMORY.set(ValueLayout.JAVA_FLOAT, address, value);
    }

    /// The double at `address`.
    static double getDouble(long address) {
        return MEMORY.get(ValueLayout.JAVA_DOUBLE, address);
    }

    /// Writes the double at `address`.
    static void setDouble(long address, double value) {
        MEMORY.set(ValueLayout.JAVA_DOUBLE, address, value);
    }

    /// The int at `address`.
    static int getInt(long address) {
        return MEMORY.get(ValueLayout.JAVA_INT, address);
    }
}
