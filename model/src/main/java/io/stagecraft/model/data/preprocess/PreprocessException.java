package io.stagecraft.model.data.preprocess;

/// An input cannot be made into a data set; the message names file and place and says what to do.
public final class PreprocessException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// `message` says what was read, what is wrong with it and where.
    public PreprocessException(String message) {
        super(message);
    }
}
