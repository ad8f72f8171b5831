package io.stagecraft.model.backend.cpu.code;

/// A place in memory: `base + scale * index + displacement`.
///
/// @param base its start
/// @param index times `scale`; [Register#RSP] stands for none
/// @param scale 1, 2, 4 or 8
/// @param displacement bytes
record Address(Register base, Register index, int scale, int displacement) {
    Address {
        if (Integer.bitCount(scale) != 1 || scale > 8) {
            throw new IllegalArgumentException("the scale of an address must be 1, 2, 4 or 8 but is " + scale);
        }
    }

    /// `base + displacement`.
    static Address of(Register base, int displacement) {
        return new Address(base, Register.RSP, 1, displacement);
    }

    /// `base + scale * index + displacement`.
    static Address of(Register base, Register index, int scale, int displacement) {
        return new Address(base, index, scale, displacement);
    }

    boolean baseIsHigh() {
        return base.number() >= 8;
    }

    boolean indexIsHigh() {
        return index.number() >= 8;
    }

    int scaleBits() {
        return Integer.numberOfTrailingZeros(scale);
    }
}
