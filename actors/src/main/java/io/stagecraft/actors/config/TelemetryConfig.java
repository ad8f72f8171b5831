package io.stagecraft.actors.config;

import java.nio.file.Path;

/// Where records of progress go beside the terminal.
///
/// @param jsonl file of one JSON object a record; appended to
public record TelemetryConfig(Path jsonl) {}
