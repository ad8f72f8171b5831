package io.stagecraft.actors.config;

/// One thing that is wrong with a configuration.
///
/// @param key the setting, or the file that cannot be read
/// @param value as it was written
/// @param rule what must hold
/// @param nearest what would be valid near it; may be empty
/// @param where file and line, or `command line`
public record ConfigFault(String key, String value, String rule, String nearest, String where) {
    /// One line: key, value, place, rule.
    @Override
    public String toString() {
        return key + " = " + value + " (" + where + "): " + rule + (nearest.isEmpty() ? "" : "; " + nearest);
    }
}
