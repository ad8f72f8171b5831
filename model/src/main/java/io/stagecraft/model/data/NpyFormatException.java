package io.stagecraft.model.data;

import io.stagecraft.model.file.FileFormatException;
import java.nio.file.Path;

/// An `.npy` file is not what it must be: damaged, cut short, or another array than the expected
/// one.
public final class NpyFormatException extends FileFormatException {
    private static final long serialVersionUID = 1;

    /// A fault of `field` at byte `offsetBytes` of `file`; `fault` says what was expected and
    /// found.
    public NpyFormatException(Path file, String field, long offsetBytes, String fault) {
        super(file, field, offsetBytes, fault);
    }
}
