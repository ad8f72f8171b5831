package io.stagecraft.actors.train;

import io.stagecraft.actors.config.BackendConfig;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.tensor.DType;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes the backends of the ranks of this JVM, and has their kernels compiled on a thread of its
/// own while text, transport and actors are made ready. Closed after the last backend.
final class RankBackends implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RankBackends.class);

    private final Supplier<Backend> backends;
    private final AutoCloseable shared;
    private final Thread warmUp;

    private RankBackends(Supplier<Backend> backends, AutoCloseable shared, Set<KernelGroup> expected) {
        this.backends = backends;
        this.shared = shared;
        this.warmUp = Thread.ofPlatform().name("stagecraft-warm-up").daemon().unstarted(() -> warmUp(expected));
    }

    /// Loads what `config` names and begins to compile the kernels of `expected`.
    ///
    /// - Errors: those of [CpuRuntime#open].
    static RankBackends open(BackendConfig config, Path cacheFolder, Set<KernelGroup> expected) {
        RankBackends opened = switch (config.type()) {
            case SCALAR -> new RankBackends(() -> new ScalarBackend(DType.FLOAT32), () -> {}, expected);
            case CPU -> {
                BlasLibrary blas = switch (config.blas()) {
                    case BackendConfig.Products.Auto _ -> new BlasLibrary.Fastest(cacheFolder);
                    case BackendConfig.Products.OpenBlas _ -> new BlasLibrary.Bundled(cacheFolder);
                    case BackendConfig.Products.Library(Path path) -> new BlasLibrary.At(path);
                };
                CpuRuntime runtime = CpuRuntime.open(new CpuRuntimeConfig(blas));
                yield new RankBackends(runtime::newBackend, runtime, expected);
            }
        };
        opened.warmUp.start();
        return opened;
    }

    /// A backend; the caller closes it before this.
    Backend newBackend() {
        return backends.get();
    }

    /// A rank warms up too and reports what goes wrong.
    private void warmUp(Set<KernelGroup> expected) {
        try (Backend backend = backends.get()) {
            backend.warmUp(expected);
        } catch (RuntimeException | Error e) {
            LOG.debug("the kernels were not compiled beforehand", e);
        }
    }

    /// Ends the compilation if it is under way, then unloads the libraries.
    ///
    /// - Errors: [IllegalStateException] with what could not be closed.
    @Override
    public void close() {
        warmUp.interrupt();
        boolean interrupted = false;
        while (warmUp.isAlive()) {
            try {
                warmUp.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        try {
            shared.close();
        } catch (Exception e) {
            throw new IllegalStateException("closing the libraries of the backend", e);
        }
    }
}
