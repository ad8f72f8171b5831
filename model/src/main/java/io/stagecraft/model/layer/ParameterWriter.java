package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongToDoubleFunction;

/// Fills a rank's part of a parameter from a function of the global tensor's elements.
///
/// - Thread: the rank's compute thread; allocates host memory of one row during a call.
public final class ParameterWriter {
    private final Backend backend;

    /// A writer into tensors of `backend`.
    public ParameterWriter(Backend backend) {
        this.backend = backend;
    }

    /// Sets each element to `global` of its index in the global tensor, in memory order.
    public void write(Parameter parameter, LongToDoubleFunction global) {
        Tensor value = parameter.value();
        long columns = value.shape().last();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(columns * value.dtype().sizeBytes(), Long.BYTES);
            for (long r = 0; r < value.shape().rows(); r++) {
                long first = parameter.partition().globalIndex(parameter.globalShape(), r);
                for (long c = 0; c < columns; c++) {
                    set(row, value.dtype(), c, global.applyAsDouble(first + c));
                }
                backend.write(row, value.slice(r * columns, columns));
            }
        }
    }

    private static void set(MemorySegment row, DType dtype, long index, double value) {
        switch (dtype) {
            case FLOAT32 -> row.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) value);
            case FLOAT64 -> row.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
            case BFLOAT16, FLOAT16, INT32 ->
                throw new IllegalArgumentException("parameters are FLOAT32 or FLOAT64 but not " + dtype);
        }
    }
}
