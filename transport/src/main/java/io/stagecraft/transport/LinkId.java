package io.stagecraft.transport;

/// Names a one-way link of a run. Both ends compute it from the topology.
///
/// @param index unique among the links of a run, small and dense: the stream id is
///     `base-stream-id + index`
/// @param description for messages, for example
///     `replica 0: stage 0 -> stage 1 forward, tensor rank 1`
public record LinkId(int index, String description) {
    public LinkId {
        if (index < 0) {
            throw new IllegalArgumentException("link index must be >= 0 but is " + index);
        }
    }

    /// For messages: `link 3 (replica 0: stage 0 -> stage 1 forward, tensor rank 1)`.
    @Override
    public String toString() {
        return "link %d (%s)".formatted(index, description);
    }
}
