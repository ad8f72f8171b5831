package io.stagecraft.stages.schedule;

/// A schedule whose lists do not fit: the message names stage, action and what it waits for.
public final class InvalidScheduleException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// With what is wrong and where.
    public InvalidScheduleException(String message) {
        super(message);
    }
}
