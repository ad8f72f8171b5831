/// The CPU backend: a BLAS through the foreign-function API, everything else Vector API kernels
/// over off-heap memory.
///
/// Read in this order: [CpuRuntime], [CpuBackend], [Operands], then any kernel. `Operands` checks
/// what a tensor is and gives its raw address; kernels trust addresses and never check. No address
/// is kept longer than the call.
@NullMarked
package io.stagecraft.model.backend.cpu;

import org.jspecify.annotations.NullMarked;
