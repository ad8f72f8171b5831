package io.stagecraft.model.tensor;

/// Type of the elements of a [Tensor].
///
/// `FLOAT64` exists for the oracle: finite differences run the layers in double on the scalar
/// backend.
public enum DType {
    /// IEEE 754 binary32, what models train in.
    FLOAT32(4),
    /// IEEE 754 binary64, for the oracle and for sums.
    FLOAT64(8),
    /// The upper half of a binary32.
    BFLOAT16(2),
    /// IEEE 754 binary16.
    FLOAT16(2),
    /// Token ids, targets and positions.
    INT32(4);

    private final int sizeBytes;

    DType(int sizeBytes) {
        this.sizeBytes = sizeBytes;
    }

    /// Bytes of one element.
    public int sizeBytes() {
        return sizeBytes;
    }
}
