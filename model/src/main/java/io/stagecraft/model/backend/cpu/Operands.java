package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Tensor;

/// Where tensors lie. Shapes are checked before, by [io.stagecraft.model.backend.OperandChecks];
/// here it is checked that the memory is of this package, still open, and of the type the kernel
/// reads.
///
/// - Errors: [IllegalArgumentException] for another backend's memory or another type,
///   [IllegalStateException] for closed memory.
final class Operands {
    private Operands() {}

    /// Address of element 0 of a FLOAT32 tensor.
    static long floats(Tensor tensor) {
        return address(tensor, DType.FLOAT32);
    }

    /// Address of element 0 of a FLOAT64 tensor.
    static long doubles(Tensor tensor) {
        return address(tensor, DType.FLOAT64);
    }

    /// Address of element 0 of an INT32 tensor.
    static long ints(Tensor tensor) {
        return address(tensor, DType.INT32);
    }

    private static long address(Tensor tensor, DType dtype) {
        if (tensor.dtype() != dtype) {
            throw new IllegalArgumentException("a CPU kernel expected type " + dtype + " but got " + tensor);
        }
        return storage(tensor).address() + tensor.offsetBytes();
    }

    /// The storage of `tensor`.
    static HostStorage storage(Tensor tensor) {
        if (tensor.storage() instanceof HostStorage host) {
            return host;
        }
        throw new IllegalArgumentException("a CPU kernel expected memory that a CpuBackend allocated but " + tensor
                + " lies in a " + tensor.storage().getClass().getName()
                + "; a tensor belongs to the backend that allocated its storage");
    }

    /// Rows of the matrix that `tensor` is.
    static int rows(Tensor tensor) {
        return Math.toIntExact(tensor.shape().rows());
    }

    /// Columns of the matrix that `tensor` is.
    static int columns(Tensor tensor) {
        return Math.toIntExact(tensor.shape().last());
    }
}
