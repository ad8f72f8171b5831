package io.stagecraft.model.backend.cpu.code;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Pages of code: written first, then executable and no longer writable.
///
/// - Errors: [CodeRefusedException] where the system does not let a process make memory executable.
@SuppressWarnings("restricted")
final class ExecutableMemory implements AutoCloseable {
    private static final int READ_WRITE = 3;
    private static final int READ_EXECUTE = 5;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle MMAP = handle(
            "mmap",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG));
    private static final MethodHandle MPROTECT = handle(
            "mprotect",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
    private static final MethodHandle MUNMAP =
            handle("munmap", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));

    private final long address;
    private final long size;

    private ExecutableMemory(long address, long size) {
        this.address = address;
        this.size = size;
    }

    /// Pages that hold `code`.
    static ExecutableMemory of(byte[] code) {
        try {
            long start = (long) MMAP.invokeExact(0L, (long) code.length, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (start == -1) {
                throw new CodeRefusedException("mmap of " + code.length + " bytes");
            }
            var memory = new ExecutableMemory(start, code.length);
            MemorySegment.ofAddress(start).reinterpret(code.length).copyFrom(MemorySegment.ofArray(code));
            if ((int) MPROTECT.invokeExact(start, memory.size, READ_EXECUTE) != 0) {
                memory.close();
                throw new CodeRefusedException("making " + code.length + " bytes executable");
            }
            return memory;
        } catch (CodeRefusedException e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError("mmap and mprotect do not throw", e);
        }
    }

    /// Of the first instruction.
    MemorySegment start() {
        return MemorySegment.ofAddress(address);
    }

    @Override
    public void close() {
        try {
            int ignored = (int) MUNMAP.invokeExact(address, size);
        } catch (Throwable e) {
            throw new AssertionError("munmap does not throw", e);
        }
    }

    private static MethodHandle handle(String function, FunctionDescriptor type) {
        MemorySegment symbol = LINKER.defaultLookup()
                .find(function)
                .orElseThrow(() -> new IllegalStateException("the C library has no " + function));
        return LINKER.downcallHandle(symbol, type);
    }
}
