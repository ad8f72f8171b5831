package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.KernelGroup;
import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.Set;

/// What the CPU backends of one JVM share: the loaded BLAS, and whether the kernels are compiled.
///
/// Closed after its backends; owns the library.
///
/// Thread: any.
public final class CpuRuntime implements AutoCloseable {
    private final Arena arena;
    private final Blas blas;
    private final Set<KernelGroup> warm = EnumSet.noneOf(KernelGroup.class);

    private CpuRuntime(Arena arena, Blas blas) {
        this.arena = arena;
        this.blas = blas;
    }

    /// Loads the BLAS of `config`.
    ///
    /// - Errors: [IllegalStateException] if there is none, [java.io.UncheckedIOException] if it
    ///   cannot be
    ///   unpacked.
    public static CpuRuntime open(CpuRuntimeConfig config) {
        Arena arena = Arena.ofShared();
        try {
            Blas blas = switch (config.blas()) {
                case BlasLibrary.Bundled bundled -> BundledOpenBlas.load(bundled.cacheFolder(), arena);
                case BlasLibrary.At at -> Blas.load(at.library(), arena);
            };
            return new CpuRuntime(arena, blas);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /// A backend for one rank. The caller closes it before this.
    public CpuBackend newBackend() {
        return new CpuBackend(this, blas);
    }

    /// Which library and kernels run.
    public String describe() {
        return "cpu: " + blas.describe() + "; Vector API kernels of " + 32 * Lanes.WIDTH + " bits";
    }

    /// Has the kernels of `groups` compiled by running them through `backend`, unless that was done:
    /// compiled code belongs to the JVM, so one rank is enough. Others wait meanwhile.
    synchronized void warmUp(CpuBackend backend, Set<KernelGroup> groups) {
        if (!warm.containsAll(groups) && WarmUp.run(backend, groups)) {
            warm.addAll(groups);
        }
    }

    /// Unloads the library.
    @Override
    public void close() {
        arena.close();
    }
}
