package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Fill, add, scale and reduce, of FLOAT32 and FLOAT64 (sums of losses and norms are double).
final class ElementwiseOperations {
    private long[] parts = new long[8];

    /// See [io.stagecraft.model.backend.Backend#fill].
    void fill(Tensor destination, double value) {
        long num = destination.numElements();
        switch (destination.dtype()) {
            case FLOAT32 -> {
                long x = Operands.floats(destination);
                for (long i = 0; i < num; i += Pieces.SIZE) {
                    Elementwise.fill(x + 4 * i, (float) value, Pieces.at(i, num));
                }
            }
            case FLOAT64 -> ScalarKernels.fill(Operands.doubles(destination), value, num);
            case INT32 -> ScalarKernels.fillInts(Operands.ints(destination), (int) value, num);
            case FLOAT16, BFLOAT16 -> throw unsupported("fill destination", destination);
        }
    }

    /// See [io.stagecraft.model.backend.Backend#add].
    void add(Tensor source, Tensor into) {
        long num = into.numElements();
        switch (into.dtype()) {
            case FLOAT32 -> {
                long x = Operands.floats(source);
                long y = Operands.floats(into);
                for (long i = 0; i < num; i += Pieces.SIZE) {
                    Elementwise.add(x + 4 * i, y + 4 * i, Pieces.at(i, num));
                }
            }
            case FLOAT64 -> ScalarKernels.add(Operands.doubles(source), Operands.doubles(into), num);
            case INT32, FLOAT16, BFLOAT16 -> throw unsupported("add into", into);
        }
    }

    /// See [io.stagecraft.model.backend.Backend#scale].
    void scale(Tensor x, double factor) {
        long num = x.numElements();
        switch (x.dtype()) {
            case FLOAT32 -> {
                long address = Operands.floats(x);
                for (long i = 0; i < num; i += Pieces.SIZE) {
                    Elementwise.scale(address + 4 * i, (float) factor, address + 4 * i, Pieces.at(i, num));
                }
            }
            case FLOAT64 -> ScalarKernels.scale(Operands.doubles(x), factor, num);
            case INT32, FLOAT16, BFLOAT16 -> throw unsupported("scale x", x);
        }
    }

    /// See [io.stagecraft.model.backend.Backend#reduce].
    void reduce(Reduction reduction, MemorySegment[] segments, int numParts, Tensor destination) {
        addresses(segments, numParts, destination.sizeBytes());
        long num = destination.numElements();
        switch (destination.dtype()) {
            case FLOAT32 -> {
                long to = Operands.floats(destination);
                for (long i = 0; i < num; i += Pieces.SIZE) {
                    ReduceKernels.reduce(reduction, parts, numParts, to, 4 * i, Pieces.at(i, num));
                }
            }
            case FLOAT64 -> {
                long to = Operands.doubles(destination);
                for (long i = 0; i < num; i++) {
                    Lanes.setDouble(to + 8 * i, ScalarKernels.reduce(reduction, parts, numParts, 8 * i));
                }
            }
            case INT32, FLOAT16, BFLOAT16 -> throw unsupported("reduce destination", destination);
        }
    }

    /// See [io.stagecraft.model.backend.Backend#reduceIntoAll]. Two parts, as of two ranks, are
    /// read and written once; of more, a piece is copied while it is in the cache.
    void reduceIntoAll(Reduction reduction, MemorySegment[] segments, int numParts, DType dtype) {
        long sizeBytes = segments[0].byteSize();
        addresses(segments, numParts, sizeBytes);
        requireWritable(segments, numParts);
        long num = sizeBytes / dtype.sizeBytes();
        switch (dtype) {
            case FLOAT32 -> {
                for (long i = 0; i < num; i += Pieces.SIZE) {
                    if (numParts == 2) {
                        ReduceKernels.reduceIntoBoth(reduction, parts[0] + 4 * i, parts[1] + 4 * i, Pieces.at(i, num));
                    } else {
                        reducePiece(reduction, numParts, 4 * i, Pieces.at(i, num));
                    }
                }
            }
            case FLOAT64 -> {
                for (long i = 0; i < num; i++) {
                    double value = ScalarKernels.reduce(reduction, parts, numParts, 8 * i);
                    for (int p = 0; p < numParts; p++) {
                        Lanes.setDouble(parts[p] + 8 * i, value);
                    }
                }
            }
            case INT32, FLOAT16, BFLOAT16 ->
                throw new IllegalArgumentException("reduce into all: expected FLOAT32 or FLOAT64 but got " + dtype);
        }
    }

    private void reducePiece(Reduction reduction, int numParts, long offset, int num) {
        ReduceKernels.reduce(reduction, parts, numParts, parts[0], offset, num);
        for (int p = 1; p < numParts; p++) {
            MemorySegment.copy(Lanes.MEMORY, parts[0] + offset, Lanes.MEMORY, parts[p] + offset, 4L * num);
        }
    }

    /// See [io.stagecraft.model.backend.Backend#reduceSquares]: block by block, so that what is
    /// squared is still in the cache.
    void reduceSquares(MemorySegment[] segments, int numParts, Tensor destination, Tensor squares) {
        addresses(segments, numParts, destination.sizeBytes());
        long num = destination.numElements();
        long to = Operands.floats(destination);
        long sums = Operands.doubles(squares);
        for (long block = 0; block < squares.numElements(); block++) {
            long from = block * Backend.SQUARES_BLOCK;
            int length = (int) Math.min(Backend.SQUARES_BLOCK, num - from);
            ReduceKernels.reduce(Reduction.SUM, parts, numParts, to, 4 * from, length);
            Lanes.setDouble(sums + 8 * block, DoubleSums.squaresOfBlock(to + 4 * from, length));
        }
    }

    private static void requireWritable(MemorySegment[] segments, int numParts) {
        for (int p = 0; p < numParts; p++) {
            if (segments[p].isReadOnly()) {
                throw new IllegalArgumentException(
                        "reduce part " + p + ": expected memory that may be written but got " + segments[p]);
            }
        }
    }

    private void addresses(MemorySegment[] segments, int numParts, long sizeBytes) {
        if (numParts < 1 || numParts > segments.length) {
            throw new IllegalArgumentException(
                    "reduce numParts: expected 1 to " + segments.length + " but got " + numParts);
        }
        if (parts.length < numParts) {
            parts = new long[numParts];
        }
        for (int p = 0; p < numParts; p++) {
            MemorySegment segment = segments[p];
            if (!segment.isNative() || segment.byteSize() != sizeBytes) {
                throw new IllegalArgumentException("reduce part " + p + ": expected " + sizeBytes
                        + " bytes of off-heap memory but got " + segment);
            }
            if (!segment.scope().isAlive()) {
                throw new IllegalStateException("reduce part " + p + " was used after its memory was closed");
            }
            parts[p] = segment.address();
        }
    }

    private static IllegalArgumentException unsupported(String operand, Tensor tensor) {
        return new IllegalArgumentException(operand + ": expected FLOAT32 or FLOAT64 but got " + tensor);
    }
}
