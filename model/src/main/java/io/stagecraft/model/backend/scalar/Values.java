package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Elements in host memory, read as doubles and rounded to their type when stored.
///
/// @param segment the bytes
/// @param dtype FLOAT32, FLOAT64 or INT32
record Values(MemorySegment segment, DType dtype) {
    static Values of(Tensor tensor) {
        return new Values(segment(tensor), tensor.dtype());
    }

    static MemorySegment segment(Tensor tensor) {
        if (!(tensor.storage() instanceof ScalarStorage storage)) {
            throw new IllegalArgumentException("the tensor " + tensor + " is not in the scalar backend's memory but in "
                    + tensor.storage().getClass().getSimpleName());
        }
        return storage.segment().asSlice(tensor.offsetBytes(), tensor.sizeBytes());
    }

    double get(long i) {
        return switch (dtype) {
            case FLOAT64 -> segment.getAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i);
            case FLOAT32 -> segment.getAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i);
            case INT32 -> segment.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
            case BFLOAT16, FLOAT16 -> throw unsupported();
        };
    }

    void set(long i, double value) {
        switch (dtype) {
            case FLOAT64 -> segment.setAtIndex(ValueLayout.JAVA_DOUBLE_UNALIGNED, i, value);
            case FLOAT32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT_UNALIGNED, i, (float) value);
            case INT32 -> segment.setAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i, (int) value);
            case BFLOAT16, FLOAT16 -> throw unsupported();
        }
    }

    void add(long i, double value) {
        set(i, get(i) + value);
    }

    int getInt(long i) {
        return segment.getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
    }

    private IllegalArgumentException unsupported() {
        return new IllegalArgumentException("the scalar backend has FLOAT32, FLOAT64 and INT32 but not " + dtype);
    }
}
