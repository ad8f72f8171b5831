package io.stagecraft.model.data;

/// Type and extents of an `.npy` array of one or two dimensions.
///
/// @param type of the elements
/// @param numRows first extent
/// @param numColumns second extent; 0 if there is one dimension only
public record NpyShape(NpyType type, long numRows, int numColumns) {
    public NpyShape {
        if (numRows < 0 || numColumns < 0) {
            throw new IllegalArgumentException("extents must be >= 0 but are " + numRows + " and " + numColumns);
        }
        Math.multiplyExact(Math.multiplyExact(numRows, Math.max(1L, numColumns)), (long) type.sizeBytes());
    }

    /// One dimension.
    public static NpyShape of(NpyType type, long numRows) {
        return new NpyShape(type, numRows, 0);
    }

    /// Number of elements.
    public long numElements() {
        return numRows * Math.max(1, numColumns);
    }

    /// Bytes of all elements.
    public long sizeBytes() {
        return numElements() * type.sizeBytes();
    }

    /// As NumPy prints it: `(3,)` or `(3, 2)`.
    public String tuple() {
        return numColumns == 0 ? "(" + numRows + ",)" : "(" + numRows + ", " + numColumns + ")";
    }
}
