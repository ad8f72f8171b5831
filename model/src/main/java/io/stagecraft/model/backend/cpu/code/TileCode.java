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

import java.util.List;

/// Code of a column of tiles: `c = alpha a b (+ bias) (+ c)` for tiles of the same rows of b, one under another.
///
/// Called as `void f(a, b, c, k, aStride, cStride, arguments)`, with [TileArguments]. Sums of a tile stay in
/// registers while k runs, in ascending order, so an element does not depend on the tile it lies in.
///
/// - a: rows `aStride` bytes apart with k running through memory ([Order#ROWS]), or panels of
///   [VectorWidth#tileRows] elements `aStride` bytes apart for each k ([Order#PANELS]).
/// - b: [VectorWidth#tileColumns] elements for each k, as far apart as [TileArguments] says.
final class TileCode {
    /// How `a` lies in memory.
    enum Order {
        ROWS,
        PANELS
    }

    private static final int UNROLLED = 4;
    private static final List<Register> SAVED = List.of(RBX, RBP, R12, R13, R14, R15);
    private static final int SEVENTH_ARGUMENT = 8 + 8 * 6;

    private final Assembler code;
    private final VectorWidth width;
    private final int rows;
    private final Order order;
    private final boolean isMasked;

    private TileCode(VectorWidth width, int rows, Order order, boolean isMasked) {
        this.code = new Assembler(width);
        this.width = width;
        this.rows = rows;
        this.order = order;
        this.isMasked = isMasked;
    }

    /// Tiles of `rows` rows; a masked one writes the columns of [TileArguments] only.
    static byte[] of(VectorWidth width, int rows, Order order, boolean isMasked) {
        if (rows < 1 || rows > width.tileRows()) {
            throw new IllegalArgumentException(
                    "a tile of " + width + " has 1 to " + width.tileRows() + " rows, not " + rows);
        }
        return new TileCode(width, rows, order, isMasked).write();
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
        int nextTile = code.here();
        tile();
        code.add(RDI, Address.of(RAX, TileArguments.A_STEP));
        code.decrement(RBX);
        code.jumpBackIfNotZero(nextTile);
        code.zeroUpper();
        SAVED.reversed().forEach(code::pop);
        code.ret();
        return code.code();
    }

    private void tile() {
        for (int i = 0; i < 2 * rows; i++) {
            code.zero(i);
        }
        prefetchC();
        prefetchAhead();
        code.move(R10, RDI);
        if (order == Order.ROWS && rows > 5) {
            code.loadAddress(R11, Address.of(RDI, R8, 4, 0));
            code.add(R11, R8);
            code.loadAddress(R12, Address.of(R11, R8, 4, 0));
            code.add(R12, R8);
        }
        code.move(R14, RSI);
        code.load(RBP, Address.of(RAX, TileArguments.B_STRIDE));
        code.move(R15, RCX);
        code.shiftRight(R15, Integer.numberOfTrailingZeros(UNROLLED));
        loop(UNROLLED);
        code.move(R15, RCX);
        code.and(R15, UNROLLED - 1);
        loop(1);
        scale();
        addBias();
        store();
    }

    private void prefetchC() {
        code.move(RBP, RDX);
        for (int r = 0; r < rows; r++) {
            code.prefetch(Address.of(RBP, 0));
            code.prefetch(Address.of(RBP, 4 * width.lanes()));
            code.add(RBP, R9);
        }
    }

    /// What the caller will pack next: some rows a tile.
    private void prefetchAhead() {
        code.load(R14, Address.of(RAX, TileArguments.FETCH_ROWS));
        code.test(R14);
        int none = code.jumpIfZero();
        code.load(RBP, Address.of(RAX, TileArguments.FETCH));
        int row = code.here();
        code.move(R10, RBP);
        code.load(R15, Address.of(RAX, TileArguments.FETCH_PAIRS));
        int pair = code.here();
        code.prefetchFar(Address.of(R10, 0));
        code.prefetchFar(Address.of(R10, 64));
        code.add(R10, 128);
        code.decrement(R15);
        code.jumpBackIfNotZero(pair);
        code.add(RBP, Address.of(RAX, TileArguments.FETCH_STRIDE));
        code.decrement(R14);
        code.jumpBackIfNotZero(row);
        code.store(Address.of(RAX, TileArguments.FETCH), RBP);
        code.land(none);
    }

    /// R15 times `times` values of k; none if it is 0.
    private void loop(int times) {
        code.test(R15);
        int none = code.jumpIfZero();
        int again = code.here();
        for (int u = 0; u < times; u++) {
            step(u);
        }
        if (order == Order.ROWS) {
            code.add(R10, 4 * times);
            if (rows > 5) {
                code.add(R11, 4 * times);
                code.add(R12, 4 * times);
            }
        }
        code.decrement(R15);
        code.jumpBackIfNotZero(again);
        code.land(none);
    }

    private void step(int u) {
        int b = 2 * width.tileRows();
        int lanes = 4 * width.lanes();
        code.load(b, Address.of(R14, 0));
        code.load(b + 1, Address.of(R14, lanes));
        code.add(R14, RBP);
        for (int r = 0; r < rows; r++) {
            int element = b + 2 + r % 2;
            code.broadcast(element, elementOfA(r, u));
            code.multiplyAdd(2 * r, element, b);
            code.multiplyAdd(2 * r + 1, element, b + 1);
        }
        if (order == Order.PANELS) {
            code.add(R10, R8);
        }
    }

    private Address elementOfA(int row, int u) {
        if (order == Order.PANELS) {
            return Address.of(R10, 4 * row);
        }
        Register base = row < 5 ? R10 : row < 10 ? R11 : R12;
        int k = 4 * u;
        return switch (row % 5) {
            case 0 -> Address.of(base, k);
            case 1 -> Address.of(base, R8, 1, k);
            case 2 -> Address.of(base, R8, 2, k);
            case 3 -> Address.of(base, R13, 1, k);
            default -> Address.of(base, R8, 4, k);
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
        code.load(RBP, Address.of(RAX, TileArguments.BIAS));
        loadColumns(bias, RBP, 0);
        loadColumns(bias + 1, RBP, 1);
        for (int i = 0; i < 2 * rows; i++) {
            code.add(i, i, bias + i % 2);
        }
        code.land(skip);
    }

    private void store() {
        code.testBits(Address.of(RAX, TileArguments.FLAGS), TileArguments.ADDS_C);
        int skip = code.jumpIfZero();
        code.move(RBP, RDX);
        for (int r = 0; r < rows; r++) {
            for (int half = 0; half < 2; half++) {
                int before = 2 * width.tileRows();
                loadColumns(before, RBP, half);
                code.add(2 * r + half, 2 * r + half, before);
            }
            code.add(RBP, R9);
        }
        code.land(skip);
        for (int r = 0; r < rows; r++) {
            storeColumns(0, 2 * r);
            storeColumns(1, 2 * r + 1);
            code.add(RDX, R9);
        }
    }

    /// The other half's mask is loaded where a register of its own is not left.
    private void loadColumns(int to, Register row, int half) {
        Address from = Address.of(row, half * 4 * width.lanes());
        if (!isMasked) {
            code.load(to, from);
        } else if (width == VectorWidth.AVX512) {
            code.loadMasked(to, 1 + half, from);
        } else {
            code.load(selection(), Address.of(RAX, TileArguments.MASK_LANES + half * 4 * width.lanes()));
            code.loadSelected(to, selection(), from);
        }
    }

    private void storeColumns(int half, int from) {
        Address to = Address.of(RDX, half * 4 * width.lanes());
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
