package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.backend.cpu.code.CodeRefusedException;
import io.stagecraft.model.backend.cpu.code.TileFunctions;
import io.stagecraft.model.backend.cpu.code.VectorWidth;
import java.lang.foreign.Arena;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// What the CPU backends of one JVM share: the loaded BLAS, and whether the kernels are compiled.
///
/// Closed after its backends; owns the library.
///
/// Thread: any.
public final class CpuRuntime implements AutoCloseable {
    private final Arena arena;
    private final Products products;
    private final Set<KernelGroup> warm = EnumSet.noneOf(KernelGroup.class);

    private CpuRuntime(Arena arena, Products products) {
        this.arena = arena;
        this.products = products;
    }

    /// Loads the BLAS of `config`, or writes tiles.
    ///
    /// - Errors: [IllegalStateException] if there is none, [java.io.UncheckedIOException] if it
    ///   cannot be
    ///   unpacked.
    public static CpuRuntime open(CpuRuntimeConfig config) {
        Arena arena = Arena.ofShared();
        try {
            return new CpuRuntime(arena, products(config.blas(), arena));
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static Products products(BlasLibrary library, Arena arena) {
        return switch (library) {
            case BlasLibrary.Fastest fastest ->
                tiles().orElseGet(() -> products(new BlasLibrary.Bundled(fastest.cacheFolder()), arena));
            case BlasLibrary.Bundled bundled ->
                new Products.Library(BundledOpenBlas.load(bundled.cacheFolder(), arena));
            case BlasLibrary.At at -> new Products.Library(Blas.load(at.library(), arena));
        };
    }

    private static Optional<Products> tiles() {
        try {
            return VectorWidth.ofThisMachine().map(TileFunctions::of).map(Products.Tiles::new);
        } catch (CodeRefusedException e) {
            return Optional.empty(); // hardened systems: a library is code of a file
        }
    }

    /// A backend for one rank. The caller closes it before this.
    public CpuBackend newBackend() {
        return new CpuBackend(this, products.open());
    }

    /// Which library and kernels run.
    public String describe() {
        return "cpu: " + products.describe() + "; Vector API kernels of " + 32 * Lanes.WIDTH + " bits";
    }

    /// Has the kernels of `groups` compiled by running them through `backend`, unless that was
    /// done: compiled code belongs to the JVM, so one rank is enough. Others wait meanwhile.
    synchronized void warmUp(CpuBackend backend, Set<KernelGroup> groups) {
        if (!warm.containsAll(groups) && WarmUp.run(backend, groups)) {
            warm.addAll(groups);
        }
    }

    /// Unloads the library.
    @Override
    public void close() {
        products.close();
        arena.close();
    }
}
