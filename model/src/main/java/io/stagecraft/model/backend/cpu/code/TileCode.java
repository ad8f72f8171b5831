package io.stagecraft.model.backend.cpu.code;

import static io.stagecraft.model.backend.cpu.code.Register.R10;
import static io.stagecraft.model.backend.cpu.code.Register.R11;
import static io.stagecraft.model.backend.cpu.code.Register.R12;
import static io.stagecraft.model.backend.cpu.code.Register.R13;
import static io.stagecraft.model.backend.cpu.code.Register.R14;
import static io.stagecraft.model.backend.cpu.code.Register.R15;
import static io.stagecraft.model.backend.cpu.code.Register.R8;
import static io.stagecraft.model.backend.cpu.code.Register.R9;
import static io.stagecraft.model.backend.cpu.code.Register.RAX;
import static io.stagecraft.model.backend.cpu.code.Register.RBP;
import static io.stagecraft.model.backend.cpu.code.Register.RBX;
import static io.stagecraft.model.backend.cpu.code.Register.RCX;
import static io.stagecraft.model.backend.cpu.code.Register.RDI;
import static io.stagecraft.model.backend.cpu.code.Register.RDX;
import static io.stagecraft.model.backend.cpu.code.Register.RSI;
import static io.stagecraft.model.backend.cpu.code.Register.RSP;

import io.stagecraft.model.backend.cpu.code.TileFunctions.Tiles;
import java.util.List;

/// Code of a column of tiles: `c = alpha a b (+ bias) (+ c)` for tiles of the same rows of b, one
/// under another.
///
/// Called as `void f(a, b, c, k, aStride, cStride, arguments)`, with [TileArguments]. Sums of a
/// tile stay in registers while k runs, in ascending order, so an element does not depend on the
/// tile it lies in.
///
/// - a: rows `aStride` bytes apart with k running through memory, or panels of
///   [VectorWidth#tileRows] elements `aStride` bytes apart for each k. Code that copies panels
///   reads `rows` elements and writes whole vectors: what is behind them is written after them.
/// - b: [VectorWidth#tileColumns] elements for each k, as far apart as [TileArguments] says. Code
///   that copies them is for one tile.
final class TileCode {
    private static final int UNROLLED = TileArguments.UNROLLED;
    /// Logarithm of the values of k that copied elements are asked for ahead.
    private static final int AHEAD = 4;
    private static final List<Register> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);
    private static final int SEVENTH_ARGUMENT = 8 + 8 * 6;

    private final Assembler code;
    private final VectorWidth width;
    private final Tiles kind;
    private final int rows;
    private final boolean isMasked;

    private TileCode(VectorWidth width, Tiles kind) {
        this.code = new Assembler(width);
        this.width = width;
        this.kind = kind;
        this.rows = kind.rows();
        this.isMasked = kind.isMasked();
    }

    /// Tiles of a kind; a masked one writes the columns of [TileArguments] only.
    static byte[] of(VectorWidth width, Tiles kind) {
        if (kind.rows() < 1 || kind.rows() > width.tileRows()) {
            throw new IllegalArgumentException(
                    "a tile of " + width + " has 1 to " + width.tileRows() + " rows, not " + kind.rows());
        }
        return new TileCode(width, kind).write();
    }

    private byte[] write() {
        SAVED.forEach(code::push);
        code.load(RAX, Address.of(RSP, SEVENTH_ARGUMENT));
        code.load(RBX, Address.of(RAX, TileArguments.TILES));
        code.loadAddress(R13, Address.of(R8, R8, 2, 0));
        if (isMasked && width == VectorWidth.AVX512) {
            code.loadMask(1, Address.of(RAX, TileArguments.MASK_BITS));
            code.loadMask(2, Address.of(RAX, TileArguments.MASK_BITS + 2));
        }
        if (kind.copiesA() && width == VectorWidth.AVX512) {
            code.loadMask(3, Address.of(RAX, TileArguments.ROW_BITS));
        }
        int nextTile = code.here();
        begin();
        sums();
        if (kind.copiesA()) {
            code.add(R11, TileArguments.GAP);
            code.store(Address.of(RAX, TileArguments.COPY_OF_A), R11);
        }
        rowsOfC();
        code.testBits(
                Address.of(RAX, TileArguments.FLAGS),
                TileArguments.SCALES | TileArguments.ADDS_BIAS | TileArguments.ADDS_C);
        int isPlain = code.jumpIfZero();
        scale();
        addBias();
        addC();
        code.land(isPlain);
        store();
        code.add(RDI, Address.of(RAX, TileArguments.A_STEP));
        code.loadAddress(RDX, rowOfC(rows, 0));
        if (!kind.copiesB()) {
            code.decrement(RBX);
            code.jumpBackIfNotZero(nextTile);
        }
        code.zeroUpper();
        SAVED.reversed().forEach(code::pop);
        code.ret();
        return code.code();
    }

    /// R10 to R12 walk along a or R11 along its copy, R14 along b, RSI along its copy, RBP down c,
    /// RCX along what is fetched.
    private void begin() {
        code.move(R10, RDI);
        if (!kind.isPanel() && rows > 5) {
            code.loadAddress(R11, Address.of(RDI, R8, 4, 0));
            code.add(R11, R8);
            code.loadAddress(R12, Address.of(R11, R8, 4, 0));
            code.add(R12, R8);
        }
        code.move(R14, RSI);
        if (kind.copiesB()) {
            code.load(RSI, Address.of(RAX, TileArguments.COPY_OF_B));
            code.load(RBX, Address.of(RAX, TileArguments.B_STRIDE));
            code.shiftLeft(RBX, AHEAD);
        }
        if (kind.copiesA()) {
            code.load(R11, Address.of(RAX, TileArguments.COPY_OF_A));
            code.move(R12, R8);
            code.shiftLeft(R12, AHEAD);
        }
        code.move(RBP, RDX);
        code.load(RCX, Address.of(RAX, TileArguments.FETCH));
    }

    /// The first product of an element is not added to anything, so nothing is cleared. What comes
    /// next of memory is asked for between products, two lines in four values of k: more at a time
    /// take the buffers that elements of a and b come through from the second cache, and hold
    /// products up.
    private void sums() {
        code.load(R15, Address.of(RAX, TileArguments.FIRST));
        code.test(R15);
        int isShort = code.jumpIfZero();
        prefetchC();
        values(UNROLLED, true);
        loop(TileArguments.WITH_C, UNROLLED, this::prefetchC);
        loop(TileArguments.WITH_FETCH, 0, this::prefetchAhead);
        loop(TileArguments.PLAIN, UNROLLED, () -> {});
        code.load(R15, Address.of(RAX, TileArguments.REST));
        code.test(R15);
        int done = code.jumpIfZero();
        int rest = code.jump();
        code.land(isShort);
        for (int i = 0; i < 2 * rows; i++) {
            code.zero(i);
        }
        code.land(rest);
        loop(TileArguments.REST, 1, () -> {});
        code.land(done);
        code.store(Address.of(RAX, TileArguments.FETCH), RCX);
    }

    /// A row.
    private void prefetchC() {
        code.prefetch(Address.of(RBP, 0));
        code.prefetch(Address.of(RBP, 4 * width.lanes()));
        code.add(RBP, R9);
    }

    /// Of what comes after these tiles, two lines at a time; c is fetched by then, so RBP is free.
    private void prefetchAhead() {
        for (int line = 0; line < TileArguments.FETCHED_BYTES; line += 128) {
            code.prefetchFar(Address.of(RCX, line));
            code.prefetchFar(Address.of(RCX, line + 64));
            values(UNROLLED, false);
        }
        code.add(RCX, TileArguments.FETCHED_BYTES);
        code.decrement(Address.of(RAX, TileArguments.FETCH_LEFT));
        int same = code.jumpIfNotZero();
        code.add(RCX, Address.of(RAX, TileArguments.FETCH_JUMP));
        code.load(RBP, Address.of(RAX, TileArguments.FETCH_TIMES));
        code.store(Address.of(RAX, TileArguments.FETCH_LEFT), RBP);
        code.land(same);
    }

    /// As often as the argument `times` says, none if it is 0: `num` values of k.
    private void loop(int times, int num, Runnable between) {
        code.load(R15, Address.of(RAX, times));
        code.test(R15);
        int none = code.jumpIfZero();
        int again = code.here();
        between.run();
        values(num, false);
        code.decrement(R15);
        code.jumpBackIfNotZero(again);
        code.land(none);
    }

    private void values(int num, boolean areFirst) {
        for (int u = 0; u < num; u++) {
            step(u, areFirst && u == 0);
        }
        if (!kind.isPanel()) {
            code.add(R10, 4 * num);
            if (rows > 5) {
                code.add(R11, 4 * num);
                code.add(R12, 4 * num);
            }
        }
    }

    private void step(int u, boolean isFirst) {
        int b = 2 * width.tileRows();
        rowOfB(b);
        if (kind.copiesA()) {
            copyRowOfA(b + 2);
        }
        for (int r = 0; r < rows; r++) {
            int element = b + 2 + r % 2;
            code.broadcast(element, elementOfA(r, u));
            for (int half = 0; half < 2; half++) {
                if (isFirst) {
                    code.multiply(2 * r + half, element, b + half);
                } else {
                    code.multiplyAdd(2 * r + half, element, b + half);
                }
            }
        }
        if (kind.isPanel()) {
            code.add(R10, R8);
        }
    }

    private void rowOfB(int b) {
        int lanes = 4 * width.lanes();
        if (kind.copiesB()) {
            loadColumns(b, Address.of(R14, 0), 0);
            loadColumns(b + 1, Address.of(R14, lanes), 1);
            code.store(Address.of(RSI, 0), b);
            code.store(Address.of(RSI, lanes), b + 1);
            code.add(RSI, 2 * lanes);
            code.prefetch(Address.of(R14, RBX, 1, 0));
            code.prefetch(Address.of(R14, RBX, 1, lanes));
        } else {
            code.load(b, Address.of(R14, 0));
            code.load(b + 1, Address.of(R14, lanes));
        }
        code.add(R14, Address.of(RAX, TileArguments.B_STRIDE));
    }

    private void copyRowOfA(int register) {
        if (width == VectorWidth.AVX512) {
            code.loadMasked(register, 3, Address.of(R10, 0));
        } else {
            code.load(selection(), Address.of(RAX, TileArguments.ROW_LANES));
            code.loadSelected(register, selection(), Address.of(R10, 0));
        }
        code.store(Address.of(R11, 0), register);
        code.prefetch(Address.of(R10, R12, 1, 4 * rows - 4));
        code.add(R11, 4 * width.tileRows());
    }

    private Address elementOfA(int row, int u) {
        return kind.isPanel() ? Address.of(R10, 4 * row) : ofFive(row, R8, R13, 4 * u);
    }

    /// In row `row` of those that R10, R11 and R12 are every fifth of, `stride` apart; `three` is
    /// three strides.
    private static Address ofFive(int row, Register stride, Register three, int displacement) {
        Register base = row < 5 ? R10 : row < 10 ? R11 : R12;
        return switch (row % 5) {
            case 0 -> Address.of(base, displacement);
            case 1 -> Address.of(base, stride, 1, displacement);
            case 2 -> Address.of(base, stride, 2, displacement);
            case 3 -> Address.of(base, three, 1, displacement);
            default -> Address.of(base, stride, 4, displacement);
        };
    }

    private void scale() {
        code.testBits(Address.of(RAX, TileArguments.FLAGS), TileArguments.SCALES);
        int skip = code.jumpIfZero();
        int factor = 2 * width.tileRows();
        code.broadcast(factor, Address.of(RAX, TileArguments.ALPHA));
        for (int i = 0; i < 2 * rows; i++) {
            code.multiply(i, i, factor);
        }
        code.land(skip);
    }

    private void addBias() {
        code.testBits(Address.of(RAX, TileArguments.FLAGS), TileArguments.ADDS_BIAS);
        int skip = code.jumpIfZero();
        int bias = 2 * width.tileRows();
        code.load(R14, Address.of(RAX, TileArguments.BIAS));
        loadColumns(bias, Address.of(R14, 0), 0);
        loadColumns(bias + 1, Address.of(R14, 4 * width.lanes()), 1);
        for (int i = 0; i < 2 * rows; i++) {
            code.add(i, i, bias + i % 2);
        }
        code.land(skip);
    }

    /// R10 to R12 are every fifth row, RBP is 3 rows.
    private void rowsOfC() {
        code.move(R10, RDX);
        code.loadAddress(R11, Address.of(RDX, R9, 4, 0));
        code.add(R11, R9);
        code.loadAddress(R12, Address.of(R11, R9, 4, 0));
        code.add(R12, R9);
        code.loadAddress(RBP, Address.of(R9, R9, 2, 0));
    }

    private Address rowOfC(int row, int displacement) {
        return ofFive(row, R9, RBP, displacement);
    }

    private void addC() {
        code.testBits(Address.of(RAX, TileArguments.FLAGS), TileArguments.ADDS_C);
        int skip = code.jumpIfZero();
        for (int r = 0; r < rows; r++) {
            for (int half = 0; half < 2; half++) {
                int before = 2 * width.tileRows();
                loadColumns(before, rowOfC(r, half * 4 * width.lanes()), half);
                code.add(2 * r + half, 2 * r + half, before);
            }
        }
        code.land(skip);
    }

    private void store() {
        for (int r = 0; r < rows; r++) {
            for (int half = 0; half < 2; half++) {
                storeColumns(rowOfC(r, half * 4 * width.lanes()), half, 2 * r + half);
            }
        }
    }

    /// The other half's mask is loaded where a register of its own is not left.
    private void loadColumns(int to, Address from, int half) {
        if (!isMasked) {
            code.load(to, from);
        } else if (width == VectorWidth.AVX512) {
            code.loadMasked(to, 1 + half, from);
        } else {
            code.load(selection(), Address.of(RAX, TileArguments.MASK_LANES + half * 4 * width.lanes()));
            code.loadSelected(to, selection(), from);
        }
    }

    private void storeColumns(Address to, int half, int from) {
        if (!isMasked) {
            code.store(to, from);
        } else if (width == VectorWidth.AVX512) {
            code.storeMasked(to, 1 + half, from);
        } else {
            code.load(selection(), Address.of(RAX, TileArguments.MASK_LANES + half * 4 * width.lanes()));
            code.storeSelected(to, selection(), from);
        }
    }

    private int selection() {
        return 2 * width.tileRows() + 3;
    }
}
