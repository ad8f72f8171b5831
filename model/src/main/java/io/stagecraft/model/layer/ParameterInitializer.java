package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.random.Philox;
import io.stagecraft.model.random.PhiloxNormal;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Gives parameters their first values: each a function of seed, the parameter's name and its place in
/// the global tensor, so that the parts of all layouts are parts of one model.
///
/// - Thread: the rank's compute thread; allocates host memory of one row during a call.
/// - Source of the distributions: megatron.md, 1.5.
public final class ParameterInitializer {
    private final Backend backend;
    private final long seed;

    /// Values for the run with `seed`.
    public ParameterInitializer(Backend backend, long seed) {
        this.backend = backend;
        this.seed = seed;
    }

    /// Fills `parameter.value()`.
    public void initialize(Parameter parameter) {
        switch (parameter.initialization()) {
            case Parameter.Initialization.Constant(double value) -> backend.fill(parameter.value(), value);
            case Parameter.Initialization.Normal(double standardDeviation) -> fillNormal(parameter, standardDeviation);
        }
    }

    private void fillNormal(Parameter parameter, double standardDeviation) {
        long key = Philox.key(seed, parameter.name());
        Tensor value = parameter.value();
        long columns = value.shape().last();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment row = arena.allocate(columns * value.dtype().sizeBytes(), Long.BYTES);
            for (long r = 0; r < value.shape().rows(); r++) {
                long first = globalIndex(parameter, r);
                for (long c = 0; c < columns; c++) {
                    set(row, value.dtype(), c, standardDeviation * PhiloxNormal.at(key, first + c));
                }
                backend.write(row, value.slice(r * columns, columns));
            }
        }
    }

    /// Index in the global tensor of column 0 of local row `r`.
    private static long globalIndex(Parameter parameter, long r) {
        long localRows = parameter.value().shape().rows();
        long localColumns = parameter.value().shape().last();
        return switch (parameter.partition()) {
            case TensorPartition.Replicated() -> r * localColumns;
            case TensorPartition.Split(int dim, int rank, int _) ->
                parameter.globalShape().rank() == 1
                        ? rank * localColumns
                        : dim == 0
                                ? (rank * localRows + r) * localColumns
                                : r * parameter.globalShape().last() + rank * localColumns;
        };
    }

    private static void set(MemorySegment row, DType dtype, long index, double value) {
        switch (dtype) {
            case FLOAT32 -> row.setAtIndex(ValueLayout.JAVA_FLOAT, index, (float) value);
            case FLOAT64 -> row.setAtIndex(ValueLayout.JAVA_DOUBLE, index, value);
            case BFLOAT16, FLOAT16, INT32 ->
                throw new IllegalArgumentException("parameters start as FLOAT32 or FLOAT64 but not as " + dtype);
        }
    }
}
