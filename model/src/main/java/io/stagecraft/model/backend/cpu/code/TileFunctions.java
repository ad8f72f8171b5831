package io.stagecraft.model.backend.cpu.code;

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
    private final MemorySegment transpose;

    private TileFunctions(VectorWidth width) {
        this.width = width;
        tiles = new AtomicReferenceArray<>(Tiles.NUM_KINDS * (width.tileRows() + 1));
        for (int at = 0; at < tiles.length(); at++) {
            tiles.set(at, MemorySegment.NULL);
        }
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
    /// @param isMasked whether there are only some columns
    /// @param copiesA whether panels of `a` are copied as they are read
    /// @param copiesB whether rows of `b` are, by one tile
    public record Tiles(int rows, boolean isPanel, boolean isMasked, boolean copiesA, boolean copiesB) {
        private static final int NUM_KINDS = 16;

        /// Refuses rows that are copied: panels are.
        public Tiles {
            if (copiesA && !isPanel) {
                throw new IllegalArgumentException("of a, only panels are copied");
            }
        }

        private int number() {
            return NUM_KINDS * rows + (isPanel ? 1 : 0) + (isMasked ? 2 : 0) + (copiesA ? 4 : 0) + (copiesB ? 8 : 0);
        }
    }

    /// `c = alpha a b (+ bias) (+ c)` for a column of tiles, one under another; see
    /// [TileArguments].
    ///
    /// @param k values that are summed over
    public void tiles(Tiles kind, long a, long b, long c, long k, TileArguments arguments) {
        arguments.shape(k, kind.rows);
        MemorySegment function = function(kind);
        try {
            SEVEN.invokeExact(function, a, b, c, k, arguments.aStride(), arguments.cStride(), arguments.address());
        } catch (Throwable e) {
            throw new AssertionError("machine code does not throw", e);
        }
    }

    /// Transposes `blocks` squares of [VectorWidth#lanes] rows, side by side in `from`, one under
    /// another in `to`.
    public void transpose(long from, long to, long blocks, long fromStride, long toStride) {
        try {
            FIVE.invokeExact(transpose, from, to, blocks, fromStride, toStride);
        } catch (Throwable e) {
            throw new AssertionError("machine code does not throw", e);
        }
    }

    private MemorySegment function(Tiles kind) {
        MemorySegment known = tiles.get(kind.number());
        return known.address() == 0 ? written(kind) : known;
    }

    private synchronized MemorySegment written(Tiles kind) {
        int at = kind.number();
        if (tiles.get(at).address() == 0) {
            tiles.set(at, page(TileCode.of(width, kind)));
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
