package io.stagecraft.actors.config;

/// One setting as `config show` prints it.
///
/// @param key without the root `stagecraft`
/// @param value as HOCON
/// @param defaultValue of `reference.conf`, as HOCON
/// @param place where the value was written, as short as it is clear
/// @param fullPlace the same with the whole path
public record ConfigLine(String key, String value, String defaultValue, String place, String fullPlace) {
    /// Whether somebody chose this value.
    public boolean differsFromDefault() {
        return !value.equals(defaultValue);
    }
}
