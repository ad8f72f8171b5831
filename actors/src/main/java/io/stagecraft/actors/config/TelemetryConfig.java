package io.stagecraft.actors.config;

import io.stagecraft.actors.telemetry.LogForm;
import java.nio.file.Path;

/// Where records of progress go beside the terminal.
///
/// @param jsonl file of one JSON object a record; appended to
/// @param logLine form of the lines of the terminal
public record TelemetryConfig(Path jsonl, LogForm logLine) {
    /// With fields of our own.
    public TelemetryConfig(Path jsonl) {
        this(jsonl, LogForm.EXTENDED);
    }
}
