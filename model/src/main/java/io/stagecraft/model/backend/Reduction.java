package io.stagecraft.model.backend;

/// How values of several ranks become one.
public enum Reduction {
    /// Addition in ascending rank order.
    SUM,
    /// The largest.
    MAX
}
