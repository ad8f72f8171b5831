package io.stagecraft.transport;

/// Thrown out of a wait because the run was aborted; the message is the reason given to
/// [AbortSignal#abort]. Not a fault of the rank that sees it.
public final class AbortedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /// With the reason of the abort.
    public AbortedException(String reason) {
        super(reason);
    }
}
