package io.stagecraft.model.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Vectors and scalars at raw addresses, and the written order in which the lanes of a vector are
/// added.
///
/// All kernels use one kind of float vector. With two kinds in a JVM the compiler cannot tell which
/// one a call inside the Vector API has before it, and boxes it. Kernels call the Vector API itself
/// for every load, store and mask: its methods are always inlined, while one of ours is not where
/// the compiler saw it seldom called, as in the rest behind a loop, and then its vectors are boxed.
/// A factor stays a scalar up to the operation that needs it: a broadcast that is used both in a
/// loop and behind it keeps its array in some states of the compiler. It is taken out of the loop
/// all the same.
final class Lanes {
    /// As many floats as fit a register of this machine: 8 or 16.
    static final VectorSpecies<Float> SPECIES =
            FloatVector.SPECIES_PREFERRED.length() > 8 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_256;

    /// Lanes of [#SPECIES].
    static final int WIDTH = SPECIES.length();

    /// All of the address space, so that an address is an offset.
    @SuppressWarnings("restricted")
    static final MemorySegment MEMORY = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    /// Of the floats in [#MEMORY].
    static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorShuffle<Float> FOLD_8 = rotation(8);
    private static final VectorShuffle<Float> FOLD_4 = rotation(4);
    private static final VectorShuffle<Float> FOLD_2 = rotation(2);
    private static final VectorShuffle<Float> FOLD_1 = rotation(1);

    private Lanes() {}

    private static VectorShuffle<Float> rotation(int by) {
        return VectorShuffle.fromOp(SPECIES, i -> (i + by) % WIDTH);
    }

    /// Sum of the lanes: the upper half is added to the lower one until one lane is left.
    /// `reduceLanes(ADD)` has another order before compilation than after it.
    static float sum(FloatVector v) {
        FloatVector eight = WIDTH == 16 ? v.add(v.rearrange(FOLD_8)) : v;
        FloatVector four = eight.add(eight.rearrange(FOLD_4));
        FloatVector two = four.add(four.rearrange(FOLD_2));
        return two.add(two.rearrange(FOLD_1)).lane(0);
    }

    /// The largest lane, folded as [#sum]; of lanes that are no number, any.
    static float max(FloatVector v) {
        FloatVector folded = v.rearrange(FOLD_8);
        FloatVector eight = v.blend(folded, folded.compare(VectorOperators.GT, v));
        folded = eight.rearrange(FOLD_4);
        FloatVector four = eight.blend(folded, folded.compare(VectorOperators.GT, eight));
        folded = four.rearrange(FOLD_2);
        FloatVector two = four.blend(folded, folded.compare(VectorOperators.GT, four));
        folded = two.rearrange(FOLD_1);
        return two.blend(folded, folded.compare(VectorOperators.GT, two)).lane(0);
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
