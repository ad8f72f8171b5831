package io.stagecraft.model.backend.cpu.code;

import io.stagecraft.model.backend.cpu.code.TileCode.Order;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// The functions that products are made of, in machine code; each is written at its first call.
///
/// Addresses and strides are in bytes; nothing is checked.
///
/// Thread: any. Closed after its last call.
@SuppressWarnings("restricted")
public final class TileFunctions implements AutoCloseable {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle FIVE = LINKER.downcallHandle(
            FunctionDescriptor.ofVoid(LONG, LONG, LONG, LONG, LONG), Linker.Option.critical(false));
    private static final MethodHandle SEVEN = LINKER.downcallHandle(
            FunctionDescriptor.ofVoid(LONG, LONG, LONG, LONG, LONG, LONG, LONG), Linker.Option.critical(false));

    private final VectorWidth width;
    private final List<ExecutableMemory> pages = new ArrayList<>();
    private final AtomicReferenceArray<MemorySegment> tiles;
    private final MemorySegment copyNarrow;
    private final MemorySegment copyWide;
    private final MemorySegment transpose;

    private TileFunctions(VectorWidth width) {
        this.width = width;
        tiles = new AtomicReferenceArray<>(4 * (width.tileRows() + 1));
        for (int at = 0; at < tiles.length(); at++) {
            tiles.set(at, MemorySegment.NULL);
        }
        copyNarrow = page(PanelCode.copy(width, 1, width.tileRows()));
        copyWide = page(PanelCode.copy(width, 2, width.tileColumns()));
        transpose = page(PanelCode.transpose(width));
    }

    /// For registers of `width`.
    ///
    /// - Errors: [CodeRefusedException] where memory cannot be made executable.
    public static TileFunctions of(VectorWidth width) {
        return new TileFunctions(width);
    }

    /// The registers that these use.
    public VectorWidth width() {
        return width;
    }

    /// What a column of tiles does; see [#tiles].
    ///
    /// @param rows of each tile, at most [VectorWidth#tileRows]
    /// @param isPanel whether `a` is in panels: [VectorWidth#tileRows] elements for each k
    /// @param isMasked whether only some columns are written
    public record Tiles(int rows, boolean isPanel, boolean isMasked) {}

    /// `c = alpha a b (+ bias) (+ c)` for a column of tiles, one under another; see [TileArguments].
    ///
    /// @param k values that are summed over
    public void tiles(Tiles kind, long a, long b, long c, long k, TileArguments arguments) {
        arguments.values(k, kind.rows);
        MemorySegment function = function(kind.rows, kind.isPanel, kind.isMasked);
        try {
            SEVEN.invokeExact(function, a, b, c, k, arguments.aStride(), arguments.cStride(), arguments.address());
        } catch (Throwable e) {
            throw new AssertionError("machine code does not throw", e);
        }
    }

    /// What is copied from a matrix to panels that lie `apart` bytes apart.
    ///
    /// @param rows of the matrix
    /// @param columns panels
    /// @param fromStride bytes from one row of the matrix to the next
    /// @param toStride bytes from one row of a panel to the next
    public record Pieces(long rows, long columns, long fromStride, long toStride, long apart) {}

    /// Copies rows of [VectorWidth#tileRows] floats side by side; [VectorWidth#lanes] are read and
    /// written each time, so what lies behind a row in `to` is written after it.
    public void copyNarrow(long from, long to, Pieces pieces) {
        call(copyNarrow, from, to, pieces);
    }

    /// Copies rows of [VectorWidth#tileColumns] floats side by side.
    public void copyWide(long from, long to, Pieces pieces) {
        call(copyWide, from, to, pieces);
    }

    /// Transposes `blocks` squares of [VectorWidth#lanes] rows, side by side in `from`, one under another in `to`.
    public void transpose(long from, long to, long blocks, long fromStride, long toStride) {
        try {
            FIVE.invokeExact(transpose, from, to, blocks, fromStride, toStride);
        } catch (Throwable e) {
            throw new AssertionError("machine code does not throw", e);
        }
    }

    private static void call(MemorySegment f, long from, long to, Pieces p) {
        try {
            SEVEN.invokeExact(f, from, to, p.rows, p.columns, p.fromStride, p.toStride, p.apart);
        } catch (Throwable e) {
            throw new AssertionError("machine code does not throw", e);
        }
    }

    private MemorySegment function(int rows, boolean isPanel, boolean isMasked) {
        int at = 4 * rows + (isPanel ? 2 : 0) + (isMasked ? 1 : 0);
        MemorySegment known = tiles.get(at);
        return known.address() == 0 ? written(at, rows, isPanel, isMasked) : known;
    }

    private synchronized MemorySegment written(int at, int rows, boolean isPanel, boolean isMasked) {
        if (tiles.get(at).address() == 0) {
            tiles.set(at, page(TileCode.of(width, rows, isPanel ? Order.PANELS : Order.ROWS, isMasked)));
        }
        return tiles.get(at);
    }

    private MemorySegment page(byte[] code) {
        ExecutableMemory memory = ExecutableMemory.of(code);
        pages.add(memory);
        return memory.start();
    }

    @Override
    public void close() {
        pages.forEach(ExecutableMemory::close);
    }
}
