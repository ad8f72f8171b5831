package io.stagecraft.model.backend.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.jar.JarEntry;
import java.util.zip.CRC32;

/// OpenBLAS from its natives jar: unpacked once into a folder named after its checksum, checked by
/// size and checksum at every start.
final class BundledOpenBlas {
    private static final String RESOURCES = "/org/bytedeco/openblas/linux-x86_64/";
    /// Each needs those before it.
    private static final List<String> FILES =
            List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");

    private BundledOpenBlas() {}

    /// Unpacks what is missing below `cacheFolder`, and loads it until `arena` is closed.
    ///
    /// - Errors: [IllegalStateException] if the jar is not on the class path,
    ///   [UncheckedIOException] if `cacheFolder` cannot be written.
    @SuppressWarnings("restricted")
    static Blas load(Path cacheFolder, Arena arena) {
        Path folder = cacheFolder
                .toAbsolutePath()
                .resolve("openblas-" + Long.toHexString(entry(FILES.getLast()).getCrc()));
        try {
            Files.createDirectories(folder);
            for (String file : FILES) {
                unpack(file, folder.resolve(file));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "unpacking OpenBLAS into " + folder + ": is it writable and is there space?", e);
        }
        for (String dependency : FILES.subList(0, FILES.size() - 1)) {
            SymbolLookup.libraryLookup(folder.resolve(dependency), arena);
        }
        return Blas.load(folder.resolve(FILES.getLast()), arena);
    }

    private static void unpack(String file, Path target) throws IOException {
        JarEntry entry = entry(file);
        if (Files.exists(target) && Files.size(target) == entry.getSize() && crc(target) == entry.getCrc()) {
            return;
        }
        Path part = Files.createTempFile(target.getParent(), file, ".part");
        try (InputStream in = url(file).openStream()) {
            Files.copy(in, part, StandardCopyOption.REPLACE_EXISTING);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static long crc(Path file) throws IOException {
        var crc = new CRC32();
        var buffer = new byte[1 << 16];
        try (InputStream in = Files.newInputStream(file)) {
            int num = in.read(buffer);
            while (num >= 0) {
                crc.update(buffer, 0, num);
                num = in.read(buffer);
            }
        }
        return crc.getValue();
    }

    private static JarEntry entry(String file) {
        try {
            if (url(file).openConnection() instanceof JarURLConnection jar) {
                return jar.getJarEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + file + " from the class path", e);
        }
        throw new IllegalStateException(
                "loading BLAS: expected " + RESOURCES + file + " in a jar but found " + url(file));
    }

    private static URL url(String file) {
        return Optional.ofNullable(BundledOpenBlas.class.getResource(RESOURCES + file))
                .orElseThrow(() -> new IllegalStateException("loading BLAS: " + RESOURCES + file
                        + " is not on the class path; add org.bytedeco:openblas for this platform, or name a BLAS of "
                        + "your own (backend.blas)"));
    }
}
