package io.stagecraft.actors.train;

/// Paths of the dispatchers in `stagecraft-actor-system.conf`.
final class Dispatchers {
    /// One pinned thread an actor: for what computes and waits in collectives.
    static final String COMPUTE = "stagecraft.compute-dispatcher";

    /// A few threads that may block on files and terminals.
    static final String IO = "stagecraft.io-dispatcher";

    private Dispatchers() {}
}
