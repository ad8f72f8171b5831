package io.stagecraft.transport;

/// What became of an attempt to send.
public enum SendResult {
    /// The whole message is on its way.
    SENT,
    /// Part of it is; go on when the receiver has made room.
    BACK_PRESSURED,
    /// Nobody listens yet; try again.
    NOT_CONNECTED,
    /// The link is closed for good.
    CLOSED
}
