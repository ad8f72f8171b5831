package io.stagecraft.actors.config;

import com.typesafe.config.ConfigUtil;
import java.nio.file.Path;
import java.util.List;

/// What a configuration is made of, besides the defaults.
///
/// @param workingDirectory relative paths of the configuration start here; absolute
/// @param file HOCON, JSON or properties
/// @param presence what to do when there is no such file
/// @param overrides `key=value`, the later one wins
public record ConfigRequest(Path workingDirectory, Path file, Presence presence, List<String> overrides) {
    /// Whether a file must be there.
    public enum Presence {
        /// Its absence is a fault: somebody named it.
        REQUIRED,
        /// Without it the defaults hold.
        OPTIONAL
    }

    public ConfigRequest {
        workingDirectory = workingDirectory.toAbsolutePath().normalize();
        // A relative file would be parsed, but its includes would be ignored without a word.
        file = workingDirectory.resolve(file).normalize();
        overrides = List.copyOf(overrides);
    }

    /// An override whose value is `text` as it stands, whatever it means in HOCON.
    public static String literal(String key, String text) {
        return key + "=" + ConfigUtil.quoteString(text);
    }
}
