package io.stagecraft.model.layer;

/// What came before the rows of a microbatch in their sequences.
public sealed interface History {
    /// Nothing: the rows are whole sequences.
    History NONE = new None();

    /// Nothing: the rows are whole sequences.
    record None() implements History {}

    /// Positions whose keys and values a cache holds; those of the microbatch's rows are added to
    /// it.
    ///
    /// @param cache of this rank's layers
    /// @param firstSequence the cache's sequence that is the microbatch's first
    /// @param firstPosition positions before the rows, the same in all sequences
    record Cached(KeyValueCache cache, int firstSequence, int firstPosition) implements History {}
}
