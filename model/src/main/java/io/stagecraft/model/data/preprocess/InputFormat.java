package io.stagecraft.model.data.preprocess;

/// What an input file holds.
public enum InputFormat {
    /// A JSON object a line; a line is a document. Blank lines are none.
    JSON_LINES,
    /// Plain text; a line without its end is a document. Blank lines are none.
    LINES,
    /// Plain text; the whole file is a document, all of its characters.
    TEXT
}
