package io.stagecraft.model.file;

import java.nio.file.Path;

/// A file is not what it must be: cut short, damaged, inconsistent, of another kind or hostile.
///
/// Each kind of file has a subclass, so that a caller can say what it was reading.
public abstract class FileFormatException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String file;
    private final String field;
    private final long offsetBytes;

    /// A fault of `field` at byte `offsetBytes` of `file`; `fault` says what was expected, what was
    /// found and what to do.
    protected FileFormatException(Path file, String field, long offsetBytes, String fault) {
        super(file + ": " + field + " (byte " + offsetBytes + "): " + fault);
        this.file = file.toString();
        this.field = field;
        this.offsetBytes = offsetBytes;
    }

    /// The file that is at fault.
    public final Path file() {
        return Path.of(file);
    }

    /// What in the file is at fault, for example `header length`, `size of item 3` or `line 3`.
    public final String field() {
        return field;
    }

    /// Where in the file the fault was noticed, in bytes from its start.
    public final long offsetBytes() {
        return offsetBytes;
    }
}
