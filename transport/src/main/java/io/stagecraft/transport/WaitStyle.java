package io.stagecraft.transport;

/// Whether a waiting thread may spin for a moment before it parks.
public enum WaitStyle {
    /// Spin at most 20 µs, then park: every waiting thread has a core of its own.
    SPIN_THEN_PARK,
    /// Park at once: a spinning thread would hold the core that the thread it waits for needs.
    PARK;

    /// The style for `numThreads` compute threads that share `numCores` cores.
    public static WaitStyle of(int numThreads, int numCores) {
        return numThreads <= numCores ? SPIN_THEN_PARK : PARK;
    }
}
