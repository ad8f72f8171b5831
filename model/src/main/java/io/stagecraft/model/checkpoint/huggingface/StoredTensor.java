package io.stagecraft.model.checkpoint.huggingface;

import io.stagecraft.model.checkpoint.TensorSpec;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// A tensor as it lies in a file.
///
/// @param spec name, type and extents
/// @param strides distance in elements from one index to the next of each dimension
/// @param bytes of element 0 and what follows; borrowed from the open file
record StoredTensor(TensorSpec spec, List<Long> strides, MemorySegment bytes) {
    StoredTensor {
        strides = List.copyOf(strides);
        if (strides.size() != spec.extents().size()) {
            throw new IllegalArgumentException(spec + " has the strides " + strides);
        }
    }

    /// A tensor without gaps.
    static StoredTensor contiguous(TensorSpec spec, MemorySegment bytes) {
        var strides = new ArrayList<Long>();
        long stride = 1;
        for (long extent : spec.extents().reversed()) {
            strides.addFirst(stride);
            stride = Math.multiplyExact(stride, Math.max(1, extent));
        }
        return new StoredTensor(spec, strides, bytes);
    }
}
