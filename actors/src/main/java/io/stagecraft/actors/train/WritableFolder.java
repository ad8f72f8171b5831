package io.stagecraft.actors.train;

import java.nio.file.Files;
import java.nio.file.Path;

/// Whether a run could write what it is for, asked before it starts. Makes nothing.
public final class WritableFolder {
    private WritableFolder() {}

    /// Throws an [IllegalArgumentException] that names `key` if `folder` can neither be written to
    /// nor be made.
    public static void require(String key, Path folder) {
        Path existing = folder.toAbsolutePath().normalize();
        while (!Files.exists(existing) && !existing.equals(existing.getRoot())) {
            existing = existing.getParent();
        }
        if (!Files.isDirectory(existing) || !Files.isWritable(existing)) {
            throw new IllegalArgumentException(key + " = " + folder + " cannot be written: " + existing
                    + (Files.isDirectory(existing) ? " is not writable" : " is no folder"));
        }
    }
}
