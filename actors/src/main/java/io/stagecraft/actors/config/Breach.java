package io.stagecraft.actors.config;

import java.util.List;

/// A rule between settings that does not hold. The reader adds to it where each setting was
/// written.
///
/// @param keys the settings that take part, the one to complain about first
/// @param rule what must hold, in words
/// @param nearest settings near the given ones with which it holds; may be empty
public record Breach(List<String> keys, String rule, String nearest) {
    public Breach {
        keys = List.copyOf(keys);
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("a breach must name at least one key; the rule is: " + rule);
        }
    }

    /// For messages: `model.num-attention-heads must be a multiple of ...`.
    @Override
    public String toString() {
        return keys.getFirst() + " " + rule + (nearest.isEmpty() ? "" : "; nearest: " + nearest);
    }
}
