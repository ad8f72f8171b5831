package io.stagecraft.model.checkpoint;

import java.nio.file.Path;

/// A checkpoint of a format version that this program does not know. It is whole: nobody may take
/// an older one in its place.
public final class NewerVersionException extends CheckpointFormatException {
    private static final long serialVersionUID = 1;

    NewerVersionException(Path file, long version) {
        super(
                file,
                "version",
                0,
                "the checkpoint has format version " + version + " but this program reads 1 to "
                        + Manifest.FORMAT_VERSION + "; load it with the program that wrote it or a newer one");
    }
}
