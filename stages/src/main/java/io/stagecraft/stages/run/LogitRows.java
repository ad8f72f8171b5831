package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.model.tensor.TensorArena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Logits of hidden states on the last stage, row by row in host memory, a few rows' worth of
/// device memory at a time. All tensor ranks take part; the first reads them.
///
/// - Thread: the rank's compute thread.
final class LogitRows {
    /// Rows that are projected at once.
    private static final int CHUNK = 32;

    /// Takes the logits of one row.
    interface Reader {
        /// Row `row`; `logits` of the padded vocabulary are valid during the call. Only on tensor
        /// rank 0.
        void read(int row, float[] logits);
    }

    private final Backend backend;
    private final PipelineStage stage;
    private final TensorParallelGroup group;
    private final float[] host;

    LogitRows(RankSpec spec, Backend backend, PipelineStage stage, TensorParallelGroup group) {
        this.backend = backend;
        this.stage = stage;
        this.group = group;
        this.host = new float[spec.model().paddedVocabSize()];
    }

    /// Rows `first`, `first + step`, ... of `hidden`, `num` of them; `reader` gets them numbered
    /// from 0.
    void forEach(MicrobatchSlot slot, Tensor hidden, RowRange rows, Reader reader) {
        TensorArena arena = slot.context().arena();
        long mark = arena.mark();
        for (int from = 0; from < rows.num(); from += CHUNK) {
            int num = Math.min(CHUNK, rows.num() - from);
            Tensor chunk =
                    rows.step() == 1 ? hidden.rows(rows.first() + from, num) : gathered(arena, hidden, rows, from, num);
            Tensor mine = stage.logits(slot, chunk); // [num, V / P]
            for (int row = 0; row < num; row++) {
                Tensor all = whole(mine.rows(row, 1), arena);
                if (group.rank() == 0) {
                    toHost(all);
                    reader.read(from + row, host);
                }
            }
            arena.reset(mark);
        }
    }

    /// Uses as much of the arena as any call can for `hidden`.
    void measure(MicrobatchSlot slot, Tensor hidden) {
        int num = (int) Math.min(CHUNK, hidden.shape().rows());
        TensorArena arena = slot.context().arena();
        Tensor chunk =
                arena.allocate(hidden.dtype(), Shape.of(num, hidden.shape().last()));
        Tensor mine = stage.logits(slot, chunk);
        whole(mine.rows(0, 1), arena);
    }

    /// Which rows of a matrix.
    ///
    /// @param first the first
    /// @param step from one to the next
    /// @param num how many
    record RowRange(int first, int step, int num) {}

    private Tensor gathered(TensorArena arena, Tensor hidden, RowRange rows, int from, int num) {
        Tensor chunk =
                arena.allocate(hidden.dtype(), Shape.of(num, hidden.shape().last()));
        for (int row = 0; row < num; row++) {
            long at = rows.first() + (long) (from + row) * rows.step();
            backend.copy(hidden.rows(at, 1), chunk.rows(row, 1));
        }
        return chunk;
    }

    private Tensor whole(Tensor mine, TensorArena arena) {
        if (group.size() == 1) {
            return mine;
        }
        long mark = arena.mark();
        Tensor all = arena.allocate(mine.dtype(), Shape.of(1, mine.numElements() * group.size()));
        group.allGather(mine, all);
        arena.reset(mark); // read before anything else is allocated
        return all;
    }

    private void toHost(Tensor logits) {
        MemorySegment source = backend.readable(logits);
        if (logits.dtype() == DType.FLOAT32) {
            MemorySegment.copy(source, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, host, 0, host.length);
            return;
        }
        for (int i = 0; i < host.length; i++) {
            host[i] = (float) source.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
        }
    }
}
