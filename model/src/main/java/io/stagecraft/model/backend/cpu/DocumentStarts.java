package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.ValueLayout;

/// Where the document of a row begins in its sequence.
///
/// @param address of an INT32 for each row; 0 if every row's is 0
record DocumentStarts(long address) {
    private static final DocumentStarts NONE = new DocumentStarts(0);

    static DocumentStarts of(AttentionMask mask) {
        return switch (mask) {
            case AttentionMask.Causal _ -> NONE;
            case AttentionMask.Documents(Tensor starts) -> new DocumentStarts(Operands.ints(starts));
        };
    }

    /// That of `row`, which is position `position` of its sequence.
    ///
    /// - Errors: [IllegalArgumentException] if it is not in `[0, position]`: nothing beyond is
    ///   read.
    int of(long row, int position) {
        if (address == 0) {
            return 0;
        }
        int start = Lanes.MEMORY.get(ValueLayout.JAVA_INT, address + 4 * row);
        if (start < 0 || start > position) {
            throw new IllegalArgumentException("attention: expected the document of row " + row + " to start in [0, "
                    + position + "], its position, but it starts at " + start);
        }
        return start;
    }
}
