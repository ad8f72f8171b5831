package io.stagecraft.model.text;

import io.stagecraft.model.file.FileFormatException;
import java.nio.file.Path;

/// A file of a tokenizer is not what it must be: another format, damaged, inconsistent or hostile.
public final class VocabularyException extends FileFormatException {
    private static final long serialVersionUID = 1;

    /// A fault of `field` at byte `offsetBytes` of `file`; `fault` says what was expected, what was
    /// found and what to do.
    public VocabularyException(Path file, String field, long offsetBytes, String fault) {
        super(file, field, offsetBytes, fault);
    }
}
