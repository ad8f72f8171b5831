package io.stagecraft.actors.cli;

/// How generated texts are printed.
public enum TextFormat {
    /// For a reader, among what else is told.
    WORDS,
    /// One JSON object on stdout and nothing else there.
    JSON
}
