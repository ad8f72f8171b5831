package io.stagecraft.actors.config;

import java.nio.file.Path;

/// Where records of progress go beside the terminal.
///
/// @param jsonl file of one JSON object a record; appended to
/// @param logLine form of the lines of the terminal
public record TelemetryConfig(Path jsonl, LogLine logLine) {
    /// Forms of log lines.
    public enum LogLine {
        /// Megatron-LM's, letter for letter.
        MEGATRON,
        /// The same and fields of our own behind.
        EXTENDED
    }

    /// With fields of our own.
    public TelemetryConfig(Path jsonl) {
        this(jsonl, LogLine.EXTENDED);
    }
}
