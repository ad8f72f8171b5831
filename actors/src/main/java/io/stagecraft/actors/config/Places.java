package io.stagecraft.actors.config;

import com.typesafe.config.ConfigOrigin;
import java.nio.file.Path;
import java.util.Optional;

/// Turns a value's origin into words: file and line, or `command line`.
///
/// @param workingDirectory files in it are named relative to it
record Places(Path workingDirectory) {
    /// What the origin of every override says.
    static final String COMMAND_LINE = "command line";

    /// As short as it is clear: `application.conf:12`, `/elsewhere/my.conf:3`, `reference.conf:40`.
    String shortly(ConfigOrigin origin) {
        return place(origin, true);
    }

    /// With the whole path of the file or jar.
    String fully(ConfigOrigin origin) {
        return place(origin, false);
    }

    private String place(ConfigOrigin origin, boolean brief) {
        String line = origin.lineNumber() > 0 ? ":" + origin.lineNumber() : "";
        if (origin.description().startsWith(COMMAND_LINE)) {
            return COMMAND_LINE;
        }
        // The library answers null for "none".
        Optional<String> resource = Optional.ofNullable(origin.resource()).filter(_ -> brief);
        return resource.or(() -> Optional.ofNullable(origin.filename())
                        .map(Path::of)
                        .map(file -> brief && file.startsWith(workingDirectory)
                                ? workingDirectory.relativize(file).toString()
                                : file.toString()))
                .map(name -> name + line)
                .orElse(origin.description());
    }
}
