package io.stagecraft.model.checkpoint.convert;

import java.nio.file.Path;

/// What was written is not the model that it was made from.
public final class ConversionException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// `fault` says what differs between the source and what was written for `target`.
    public ConversionException(Path target, String fault) {
        super("what was written for " + target + " is not the model it was made from: " + fault + "; it was removed");
    }
}
