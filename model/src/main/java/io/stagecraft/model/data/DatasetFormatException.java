package io.stagecraft.model.data;

import io.stagecraft.model.file.FileFormatException;
import java.nio.file.Path;

/// A file of a token data set is not what it must be: cut short, inconsistent, of another kind or
/// hostile.
public final class DatasetFormatException extends FileFormatException {
    private static final long serialVersionUID = 1;

    /// A fault of `field` at byte `offsetBytes` of `file`; `fault` says what was expected, what was
    /// found and what to do.
    public DatasetFormatException(Path file, String field, long offsetBytes, String fault) {
        super(file, field, offsetBytes, fault);
    }
}
