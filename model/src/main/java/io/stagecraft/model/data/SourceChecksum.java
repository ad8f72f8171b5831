package io.stagecraft.model.data;

import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/// A checksum of what a result is made of: files of jars, by the checksums that the jars have of
/// them, and code.
///
/// Thread: one.
final class SourceChecksum {
    private final CRC32 crc = new CRC32();
    private boolean known = true;

    /// Adds the resources at `urls`; unless all are in jars, there is no checksum.
    SourceChecksum addFiles(List<URL> urls) {
        for (URL url : urls) {
            try {
                if (url.openConnection() instanceof JarURLConnection connection) {
                    add(connection.getJarEntry().getCrc());
                } else {
                    known = false;
                }
            } catch (IOException _) {
                known = false;
            }
        }
        return this;
    }

    /// Adds the code of `classes`.
    SourceChecksum addClasses(List<Class<?>> classes) {
        for (Class<?> one : classes) {
            if (one.getResource(one.getSimpleName() + ".class") instanceof URL code) {
                addBytes(code);
            } else {
                known = false;
            }
        }
        return this;
    }

    private void addBytes(URL code) {
        try (InputStream in = code.openStream()) {
            crc.update(in.readAllBytes());
        } catch (IOException _) {
            known = false;
        }
    }

    /// Adds a number.
    SourceChecksum add(long number) {
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, number));
        return this;
    }

    /// All of it as digits; empty if a part could not be read.
    Optional<String> hex() {
        return known ? Optional.of(Long.toHexString(crc.getValue())) : Optional.empty();
    }
}
