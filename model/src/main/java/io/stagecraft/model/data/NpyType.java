package io.stagecraft.model.data;

/// Element types of the arrays that an index consists of, little-endian.
public enum NpyType {
    /// Signed, 32 bits.
    INT32("<i4", 4),
    /// Unsigned, 32 bits.
    UINT32("<u4", 4),
    /// Signed, 64 bits.
    INT64("<i8", 8);

    private final String code;
    private final int sizeBytes;

    NpyType(String code, int sizeBytes) {
        this.code = code;
        this.sizeBytes = sizeBytes;
    }

    /// NumPy's name of it, `descr` in a header.
    public String code() {
        return code;
    }

    /// Bytes of an element.
    public int sizeBytes() {
        return sizeBytes;
    }
}
