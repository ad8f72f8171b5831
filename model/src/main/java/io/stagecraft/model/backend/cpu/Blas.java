package io.stagecraft.model.backend.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;

/// Matrix products by any library with the C interface of BLAS, at one thread: ranks are the
/// threads.
///
/// The handles know the signature, not the function, so that they are constants for the compiler
/// whichever library is loaded; the function's address is the first argument.
///
/// Thread: any.
@SuppressWarnings("restricted")
final class Blas {
    private static final int ROW_MAJOR = 101;
    private static final int NO_TRANSPOSE = 111;
    private static final int TRANSPOSE = 112;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong POINTER = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SGEMM = LINKER.downcallHandle(FunctionDescriptor.ofVoid(
            INT, INT, INT, INT, INT, INT, FLOAT, POINTER, INT, POINTER, INT, FLOAT, POINTER, INT));
    private static final MethodHandle SET_NUM_THREADS = LINKER.downcallHandle(FunctionDescriptor.ofVoid(INT));
    private static final MethodHandle TEXT = LINKER.downcallHandle(FunctionDescriptor.of(ValueLayout.ADDRESS));

    private final MemorySegment sgemm;
    private final String description;

    private Blas(MemorySegment sgemm, String description) {
        this.sgemm = sgemm;
        this.description = description;
    }

    /// Loads `library`, which stays loaded until `arena` is closed, and sets it to one thread.
    ///
    /// - Errors: [IllegalStateException] if it cannot be loaded or has no `cblas_sgemm`.
    static Blas load(Path library, Arena arena) {
        SymbolLookup symbols = open(library, arena);
        MemorySegment sgemm = symbols.find("cblas_sgemm")
                .orElseThrow(() -> new IllegalStateException("loading BLAS: expected the function cblas_sgemm in "
                        + library + " but it has none; name a library with the C interface of BLAS (backend.blas)"));
        symbols.find("openblas_set_num_threads").ifPresent(Blas::setOneThread);
        symbols.find("MKL_Set_Num_Threads").ifPresent(Blas::setOneThread);
        String config = text(symbols, "openblas_get_config").orElse("configuration unknown");
        String core = text(symbols, "openblas_get_corename")
                .map(name -> ", kernels for " + name)
                .orElse("");
        return new Blas(
                MemorySegment.ofAddress(sgemm.address()), library.getFileName() + " (" + config + core + "), 1 thread");
    }

    /// Library, configuration and kernels, for the operator.
    String describe() {
        return description;
    }

    /// `c = alpha a b + beta c`; `c` may not overlap `a` or `b`. Sizes must fit: nothing is
    /// checked.
    void sgemm(float alpha, Matrix a, Matrix b, float beta, Matrix c) {
        try {
            SGEMM.invokeExact(
                    sgemm,
                    ROW_MAJOR,
                    a.transposed() ? TRANSPOSE : NO_TRANSPOSE,
                    b.transposed() ? TRANSPOSE : NO_TRANSPOSE,
                    a.rows(),
                    b.columns(),
                    a.columns(),
                    alpha,
                    a.address(),
                    a.leadingDimension(),
                    b.address(),
                    b.leadingDimension(),
                    beta,
                    c.address(),
                    c.leadingDimension());
        } catch (Throwable e) {
            throw new AssertionError("cblas_sgemm does not throw", e);
        }
    }

    private static SymbolLookup open(Path library, Arena arena) {
        try {
            return SymbolLookup.libraryLookup(library, arena);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "loading BLAS: cannot load " + library + "; it or a library that it needs is missing", e);
        }
    }

    private static void setOneThread(MemorySegment function) {
        try {
            SET_NUM_THREADS.invokeExact(function, 1);
        } catch (Throwable e) {
            throw new AssertionError("setting the number of threads does not throw", e);
        }
    }

    private static Optional<String> text(SymbolLookup symbols, String function) {
        return symbols.find(function).map(Blas::callText);
    }

    private static String callText(MemorySegment function) {
        try {
            var answer = (MemorySegment) TEXT.invokeExact(function);
            return answer.reinterpret(1024).getString(0).trim();
        } catch (Throwable e) {
            throw new AssertionError("reading the name of a BLAS does not throw", e);
        }
    }
}
