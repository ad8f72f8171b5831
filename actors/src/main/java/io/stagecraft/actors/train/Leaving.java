package io.stagecraft.actors.train;

/// Why a training run saves and leaves although there is more to do.
sealed interface Leaving {
    /// Nobody and nothing asked for it.
    record Not() implements Leaving {}

    /// A signal asked for it.
    record BySignal(int signal) implements Leaving {}

    /// The configuration asked for it.
    ///
    /// @param reason in words
    record AsPlanned(String reason) implements Leaving {}
}
