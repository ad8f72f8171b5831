package io.stagecraft.model.data;

import java.nio.file.Path;

/// A file of a token data set is not what it must be: cut short, inconsistent, of another kind or
/// hostile.
public final class DatasetFormatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String file;
    private final String field;
    private final long offsetBytes;

    /// A fault of `field` at byte `offsetBytes` of `file`; `fault` says what was expected, what was
    /// found and what to do.
    public DatasetFormatException(Path file, String field, long offsetBytes, String fault) {
        super(file + ": " + field + " (byte " + offsetBytes + "): " + fault);
        this.file = file.toString();
        this.field = field;
        this.offsetBytes = offsetBytes;
    }

    /// The file that is at fault.
    public Path file() {
        return Path.of(file);
    }

    /// What in the file is at fault, for example `magic` or `size of item 3`.
    public String field() {
        return field;
    }

    /// Where in the file the fault was noticed, in bytes from its start.
    public long offsetBytes() {
        return offsetBytes;
    }
}
