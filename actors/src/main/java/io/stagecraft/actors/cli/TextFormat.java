package io.stagecraft.actors.cli;

/// How generated texts are printed on stdout, where nothing else is; the rest goes to stderr.
public enum TextFormat {
    /// As they are.
    WORDS,
    /// One JSON object.
    JSON
}
