package io.stagecraft.model.text;

/// A text cannot be trained on: it is missing, empty, not UTF-8 or too short. The message names
/// file, size or byte, and what to do; it is meant for the person who started the run.
public final class CorpusException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// `message` says what was read, what is wrong with it and where.
    public CorpusException(String message) {
        super(message);
    }

    /// As the other, with the error of the file system behind it.
    public CorpusException(String message, Throwable cause) {
        super(message, cause);
    }
}
