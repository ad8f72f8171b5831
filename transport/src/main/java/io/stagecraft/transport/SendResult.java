package io.stagecraft.transport;

/// What became of an attempt to send.
public enum SendResult {
    /// The whole message is on its way.
    SENT,
    /// More of it is than before the attempt, but not all; go on when the receiver has made room.
    PARTLY_SENT,
    /// There was no room for any more of it; try again.
    BACK_PRESSURED,
    /// Nobody listens yet; try again.
    NOT_CONNECTED,
    /// The link is closed for good.
    CLOSED
}
