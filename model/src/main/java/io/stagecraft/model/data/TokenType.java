package io.stagecraft.model.data;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// How the tokens of an indexed data set are stored, little-endian.
///
/// - Source: the dtype codes of Megatron-LM's `indexed_dataset.py`. Codes 6 and 7 are floating
///   point and hold no tokens.
public enum TokenType {
    /// Unsigned bytes.
    UINT8(1, 1),
    /// Signed bytes.
    INT8(2, 1),
    /// Signed, two bytes.
    INT16(3, 2),
    /// Signed, four bytes: vocabularies of 65,500 and more.
    INT32(4, 4),
    /// Signed, eight bytes.
    INT64(5, 8),
    /// Unsigned, two bytes: vocabularies below 65,500.
    UINT16(8, 2);

    private static final int LEAST_FOUR_BYTE_VOCABULARY = 65_500;
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final int code;
    private final int numBytes;

    TokenType(int code, int numBytes) {
        this.code = code;
        this.numBytes = numBytes;
    }

    /// What Megatron-LM stores ids in `[0, vocabSize)` in.
    public static TokenType forVocabulary(int vocabSize) {
        return vocabSize < LEAST_FOUR_BYTE_VOCABULARY ? UINT16 : INT32;
    }

    /// The number that names it in an index.
    public int code() {
        return code;
    }

    /// Bytes of a token.
    public int numBytes() {
        return numBytes;
    }

    /// The token at byte `offset` of `tokens`.
    long get(MemorySegment tokens, long offset) {
        return switch (this) {
            case UINT8 -> tokens.get(ValueLayout.JAVA_BYTE, offset) & 0xFF;
            case INT8 -> tokens.get(ValueLayout.JAVA_BYTE, offset);
            case INT16 -> tokens.get(SHORT, offset);
            case INT32 -> tokens.get(INT, offset);
            case INT64 -> tokens.get(LONG, offset);
            case UINT16 -> tokens.get(SHORT, offset) & 0xFFFF;
        };
    }

    /// `into[at + i] =` token `i` from byte `offset` of `tokens` on, for `i < num`. Allocates
    /// nothing; ids beyond an `int` throw an [ArithmeticException].
    void copy(MemorySegment tokens, long offset, int num, int[] into, int at) {
        if (this == UINT16) {
            for (int i = 0; i < num; i++) {
                into[at + i] = tokens.get(SHORT, offset + 2L * i) & 0xFFFF;
            }
        } else if (this == INT32) {
            MemorySegment.copy(tokens, INT, offset, into, at, num);
        } else {
            for (int i = 0; i < num; i++) {
                into[at + i] = Math.toIntExact(get(tokens, offset + (long) numBytes * i));
            }
        }
    }
}
