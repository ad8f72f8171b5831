package io.stagecraft.model.backend.cpu;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Philox4x32-10 on several consecutive blocks at once, each 32-bit word in a 64-bit lane; the same
/// numbers as [io.stagecraft.model.random.Philox].
final class PhiloxLanes {
    private static final VectorSpecies<Long> LONGS = Lanes.WIDTH > 8 ? LongVector.SPECIES_512 : LongVector.SPECIES_256;
    /// Blocks computed at once.
    static final int WIDTH = LONGS.length();

    private static final VectorSpecies<Integer> INTS = Lanes.WIDTH > 8 ? IntVector.SPECIES_512 : IntVector.SPECIES_256;
    private static final VectorSpecies<Short> SHORTS =
            Lanes.WIDTH > 8 ? ShortVector.SPECIES_256 : ShortVector.SPECIES_128;
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final long LOW = 0xFFFFFFFFL;
    private static final long M0 = 0xD2511F53L;
    private static final long M1 = 0xCD9E8D57L;
    private static final int W0 = 0x9E3779B9;
    private static final int W1 = 0xBB67AE85;
    /// Lanes 0, 0, 1, 1, ...: with [#ODD] they interleave two vectors.
    private static final VectorShuffle<Long> LOWER = VectorShuffle.fromOp(LONGS, i -> i / 2);

    private static final VectorShuffle<Long> UPPER = VectorShuffle.fromOp(LONGS, i -> WIDTH / 2 + i / 2);
    private static final VectorMask<Long> ODD = VectorMask.fromLong(LONGS, 0xAA);
    private static final LongVector LANE = LongVector.zero(LONGS).addIndex(1);

    private PhiloxLanes() {}

    /// Writes 16 bytes for each of `numBlocks` blocks, rounded up to [#WIDTH], from counter
    /// (`firstBlock`, `high`) on: the four words of a block in order.
    static void blocks(long key, long firstBlock, long high, int numBlocks, long destination) {
        for (int b = 0; b < numBlocks; b += WIDTH) {
            tenRounds(key, firstBlock + b, high, destination + 16L * b);
        }
    }

    private static void tenRounds(long key, long firstBlock, long high, long destination) {
        LongVector m0 = LongVector.broadcast(LONGS, M0).and(LOW);
        LongVector m1 = LongVector.broadcast(LONGS, M1).and(LOW);
        LongVector block = LANE.add(firstBlock);
        LongVector c0 = block.and(LOW);
        LongVector c1 = block.lanewise(VectorOperators.LSHR, 32);
        LongVector c2 = LongVector.broadcast(LONGS, high & LOW);
        LongVector c3 = LongVector.broadcast(LONGS, high >>> 32);
        int k0 = (int) key;
        int k1 = (int) (key >>> 32);
        for (int round = 0; round < 10; round++) {
            LongVector p0 = c0.and(LOW).mul(m0);
            LongVector p1 = c2.and(LOW).mul(m1);
            c0 = p1.lanewise(VectorOperators.LSHR, 32)
                    .lanewise(VectorOperators.XOR, c1)
                    .lanewise(VectorOperators.XOR, k0 & LOW);
            c2 = p0.lanewise(VectorOperators.LSHR, 32)
                    .lanewise(VectorOperators.XOR, c3)
                    .lanewise(VectorOperators.XOR, k1 & LOW);
            c1 = p1.and(LOW);
            c3 = p0.and(LOW);
            k0 += W0;
            k1 += W1;
        }
        LongVector words01 = c0.or(c1.lanewise(VectorOperators.LSHL, 32));
        LongVector words23 = c2.or(c3.lanewise(VectorOperators.LSHL, 32));
        words01.rearrange(LOWER)
                .blend(words23.rearrange(LOWER), ODD)
                .intoMemorySegment(Lanes.MEMORY, destination, ORDER);
        words01.rearrange(UPPER)
                .blend(words23.rearrange(UPPER), ODD)
                .intoMemorySegment(Lanes.MEMORY, destination + 8L * WIDTH, ORDER);
    }

    /// For each of `num` 16-bit numbers at `halves`, rounded up to [Lanes#WIDTH]: the float whose bits are
    /// `keepBits` if the number is at least `threshold`, else 0.
    static void factors(long halves, int threshold, int keepBits, int num, long factors) {
        for (int i = 0; i < num; i += Lanes.WIDTH) {
            ShortVector u = ShortVector.fromMemorySegment(SHORTS, Lanes.MEMORY, halves + 2L * i, ORDER);
            IntVector wide = (IntVector) u.convertShape(VectorOperators.ZERO_EXTEND_S2I, INTS, 0);
            IntVector dropped = wide.sub(threshold).lanewise(VectorOperators.ASHR, 31);
            dropped.not().and(keepBits).intoMemorySegment(Lanes.MEMORY, factors + 4L * i, ORDER);
        }
    }
}
