package io.stagecraft.model.data.preprocess;

import java.nio.file.Path;

/// A line that holds no document.
///
/// @param file it is in
/// @param line from 1 on
/// @param fault what is wrong with it
public record BadLine(Path file, long line, String fault) {
    /// For people.
    public String describe() {
        return file + ", line " + line + ": " + fault;
    }
}
