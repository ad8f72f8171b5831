package io.stagecraft.model.backend.cpu.code;

import java.util.Arrays;

/// Writes x86-64 instructions: the few that tiles need, with vector instructions in VEX (256 bits)
/// or EVEX (512 bits) encoding.
///
/// Thread: one.
///
/// - Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2.
final class Assembler {
    private static final int MAP_0F = 1;
    private static final int MAP_0F38 = 2;
    private static final int MAP_0F3A = 3;
    private static final int NO_PREFIX = 0;
    private static final int PREFIX_66 = 1;

    private final boolean isWide;
    private byte[] code = new byte[4096];
    private int size;

    /// Writes vector instructions of `width`.
    Assembler(VectorWidth width) {
        this.isWide = width == VectorWidth.AVX512;
    }

    /// What was written.
    byte[] code() {
        return Arrays.copyOf(code, size);
    }

    /// Where the next instruction goes: the target of a jump backward.
    int here() {
        return size;
    }

    // general registers

    void push(Register register) {
        if (register.number() >= 8) {
            emit(0x41);
        }
        emit(0x50 + (register.number() & 7));
    }

    void pop(Register register) {
        if (register.number() >= 8) {
            emit(0x41);
        }
        emit(0x58 + (register.number() & 7));
    }

    void ret() {
        emit(0xC3);
    }

    void move(Register to, Register from) {
        general(0x8B, to.number(), from);
    }

    void add(Register to, Register from) {
        general(0x03, to.number(), from);
    }

    void add(Register to, int value) {
        general(0x81, 0, to);
        emit32(value);
    }

    void and(Register to, int value) {
        general(0x81, 4, to);
        emit32(value);
    }

    void shiftRight(Register to, int bits) {
        general(0xC1, 5, to);
        emit(bits);
    }

    void shiftLeft(Register to, int bits) {
        general(0xC1, 4, to);
        emit(bits);
    }

    void decrement(Register to) {
        general(0xFF, 1, to);
    }

    /// 64 bits.
    void decrement(Address at) {
        general(0xFF, 1, at);
    }

    /// Sets the flags by `to & to`.
    void test(Register to) {
        general(0x85, to.number(), to);
    }

    /// Reads 64 bits.
    void load(Register to, Address from) {
        general(0x8B, to.number(), from);
    }

    void add(Register to, Address from) {
        general(0x03, to.number(), from);
    }

    /// `to = the address itself`.
    void loadAddress(Register to, Address of) {
        general(0x8D, to.number(), of);
    }

    /// Sets the flags by the 32 bits there and `bits`.
    void testBits(Address at, int bits) {
        legacy(false, at, 0);
        emit(0xF7);
        modRm(0, at);
        emit32(bits);
    }

    void store(Address to, Register from) {
        general(0x89, from.number(), to);
    }

    /// Into all caches.
    void prefetch(Address at) {
        prefetch(at, 1);
    }

    /// Into all caches but the first.
    void prefetchFar(Address at) {
        prefetch(at, 2);
    }

    private void prefetch(Address at, int hint) {
        legacy(false, at, 0);
        emit(0x0F);
        emit(0x18);
        modRm(hint, at);
    }

    /// Jumps back to `target` unless the last result was 0.
    void jumpBackIfNotZero(int target) {
        emit(0x0F);
        emit(0x85);
        emit32(target - (size + 4));
    }

    /// Jumps to where [#land] is called with the answer, if the last result was 0.
    int jumpIfZero() {
        emit(0x0F);
        emit(0x84);
        emit32(0);
        return size;
    }

    /// Jumps to where [#land] is called with the answer, unless the last result was 0.
    int jumpIfNotZero() {
        emit(0x0F);
        emit(0x85);
        emit32(0);
        return size;
    }

    /// Jumps to where [#land] is called with the answer.
    int jump() {
        emit(0xE9);
        emit32(0);
        return size;
    }

    /// The target of `jump` is here.
    void land(int jump) {
        int distance = size - jump;
        for (int i = 0; i < 4; i++) {
            code[jump - 4 + i] = (byte) (distance >> 8 * i);
        }
    }

    // vectors

    void zero(int to) {
        vector(MAP_0F, isWide ? PREFIX_66 : NO_PREFIX, isWide ? 0xEF : 0x57, to, to, to);
    }

    void load(int to, Address from) {
        vector(MAP_0F, NO_PREFIX, 0x10, to, 0, from, 0);
    }

    void store(Address to, int from) {
        vector(MAP_0F, NO_PREFIX, 0x11, from, 0, to, 0);
    }

    void broadcast(int to, Address from) {
        vector(MAP_0F38, PREFIX_66, 0x18, to, 0, from, 0);
    }

    /// `to += a * b`.
    void multiplyAdd(int to, int a, int b) {
        vector(MAP_0F38, PREFIX_66, 0xB8, to, a, b);
    }

    void add(int to, int a, int b) {
        vector(MAP_0F, NO_PREFIX, 0x58, to, a, b);
    }

    void add(int to, int a, Address b) {
        vector(MAP_0F, NO_PREFIX, 0x58, to, a, b, 0);
    }

    void multiply(int to, int a, int b) {
        vector(MAP_0F, NO_PREFIX, 0x59, to, a, b);
    }

    void unpackLowFloats(int to, int a, int b) {
        vector(MAP_0F, NO_PREFIX, 0x14, to, a, b);
    }

    void unpackHighFloats(int to, int a, int b) {
        vector(MAP_0F, NO_PREFIX, 0x15, to, a, b);
    }

    /// Pairs of floats.
    void unpackLowPairs(int to, int a, int b) {
        pairs(0x14, to, a, b);
    }

    /// Pairs of floats.
    void unpackHighPairs(int to, int a, int b) {
        pairs(0x15, to, a, b);
    }

    /// Quarters of 128 bits: two of `a`, then two of `b`. Wide registers only.
    void shuffleQuarters(int to, int a, int b, int control) {
        vector(MAP_0F3A, PREFIX_66, 0x23, to, a, b);
        emit(control);
    }

    /// Halves of 128 bits. 256-bit registers only.
    void permuteHalves(int to, int a, int b, int control) {
        vector(MAP_0F3A, PREFIX_66, 0x06, to, a, b);
        emit(control);
    }

    /// The 16 bits at `from` become mask register `mask`. Wide registers only.
    void loadMask(int mask, Address from) {
        vex(MAP_0F, NO_PREFIX, false, mask, 0, from);
        emit(0x90);
        modRm(mask, from);
    }

    /// Lanes outside mask register `mask` become 0 and are not read. Wide registers only.
    void loadMasked(int to, int mask, Address from) {
        vector(MAP_0F, NO_PREFIX, 0x10, to, 0, from, 0x80 | mask);
    }

    /// Lanes outside mask register `mask` are not written. Wide registers only.
    void storeMasked(Address to, int mask, int from) {
        vector(MAP_0F, NO_PREFIX, 0x11, from, 0, to, mask);
    }

    /// Lanes whose sign is not set in register `mask` become 0 and are not read. 256-bit registers
    /// only.
    void loadSelected(int to, int mask, Address from) {
        vector(MAP_0F38, PREFIX_66, 0x2C, to, mask, from, 0);
    }

    /// Lanes whose sign is not set in register `mask` are not written. 256-bit registers only.
    void storeSelected(Address to, int mask, int from) {
        vector(MAP_0F38, PREFIX_66, 0x2E, from, mask, to, 0);
    }

    /// Before code that uses narrower registers runs again.
    void zeroUpper() {
        emit(0xC5);
        emit(0xF8);
        emit(0x77);
    }

    private void pairs(int opcode, int to, int a, int b) {
        if (isWide) {
            evex(MAP_0F, PREFIX_66, true, to, a, (b & 8) != 0, (b & 16) != 0, 0);
        } else {
            vex(MAP_0F, PREFIX_66, true, to, a, false, (b & 8) != 0);
        }
        emit(opcode);
        emit(0xC0 | (to & 7) << 3 | (b & 7));
    }

    private void vector(int map, int prefix, int opcode, int register, int first, int second) {
        if (isWide) {
            evex(map, prefix, false, register, first, (second & 8) != 0, (second & 16) != 0, 0);
        } else {
            vex(map, prefix, true, register, first, false, (second & 8) != 0);
        }
        emit(opcode);
        emit(0xC0 | (register & 7) << 3 | (second & 7));
    }

    private void vector(int map, int prefix, int opcode, int register, int first, Address at, int mask) {
        if (isWide) {
            evex(map, prefix, false, register, first, at.baseIsHigh(), at.indexIsHigh(), mask);
        } else {
            vex(map, prefix, true, register, first, at);
        }
        emit(opcode);
        modRm(register, at);
    }

    private void evex(
            int map, int prefix, boolean isW, int register, int first, boolean b, boolean x, int zeroingAndMask) {
        emit(0x62);
        emit(inverted((register & 8) != 0, 7)
                | inverted(x, 6)
                | inverted(b, 5)
                | inverted((register & 16) != 0, 4)
                | map);
        emit((isW ? 0x80 : 0) | (~first & 15) << 3 | 4 | prefix);
        emit((zeroingAndMask & 0x80) | 2 << 5 | inverted((first & 16) != 0, 3) | (zeroingAndMask & 7));
    }

    private void vex(int map, int prefix, boolean is256, int register, int first, Address at) {
        vex(map, prefix, is256, register, first, at.indexIsHigh(), at.baseIsHigh());
    }

    private void vex(int map, int prefix, boolean is256, int register, int first, boolean x, boolean b) {
        emit(0xC4);
        emit(inverted((register & 8) != 0, 7) | inverted(x, 6) | inverted(b, 5) | map);
        emit((~first & 15) << 3 | (is256 ? 4 : 0) | prefix);
    }

    private static int inverted(boolean isSet, int bit) {
        return isSet ? 0 : 1 << bit;
    }

    private void general(int opcode, int register, Register other) {
        emit(0x48 | (register & 8) >> 1 | (other.number() & 8) >> 3);
        emit(opcode);
        emit(0xC0 | (register & 7) << 3 | (other.number() & 7));
    }

    private void general(int opcode, int register, Address at) {
        legacy(true, at, register);
        emit(opcode);
        modRm(register, at);
    }

    private void legacy(boolean is64, Address at, int register) {
        emit(0x40 | (is64 ? 8 : 0) | (register & 8) >> 1 | (at.indexIsHigh() ? 2 : 0) | (at.baseIsHigh() ? 1 : 0));
    }

    /// With a displacement of 32 bits, which EVEX does not scale.
    private void modRm(int register, Address at) {
        emit(0x80 | (register & 7) << 3 | 4);
        int index = at.index().number() & 7;
        emit(at.scaleBits() << 6 | index << 3 | (at.base().number() & 7));
        emit32(at.displacement());
    }

    private void emit32(int value) {
        for (int i = 0; i < 4; i++) {
            emit(value >> 8 * i);
        }
    }

    private void emit(int value) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = (byte) value;
    }
}
