package io.stagecraft.model.data.preprocess;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;

/// What is to be made of which files.
///
/// @param inputs files in the order of their documents
/// @param format of all of them
/// @param jsonKeys keys of each object, each of which gives a data set; of plain text, its name
/// @param outputPrefix of the files: `PREFIX_KEY_document.bin` and so on
/// @param documents how documents are cut and ended
/// @param limits what is bounded
public record PreprocessSettings(
        List<Path> inputs,
        InputFormat format,
        List<String> jsonKeys,
        Path outputPrefix,
        Documents documents,
        Limits limits) {
    public PreprocessSettings {
        inputs = List.copyOf(inputs);
        jsonKeys = List.copyOf(jsonKeys);
        if (inputs.isEmpty() || jsonKeys.isEmpty() || new HashSet<>(jsonKeys).size() < jsonKeys.size()) {
            throw new IllegalArgumentException(
                    "there must be an input and keys that differ but they are " + inputs + " and " + jsonKeys);
        }
        for (String key : jsonKeys) {
            if (key.contains("/")) {
                throw new IllegalArgumentException("a key is part of a file's name and may have no / but is " + key);
            }
        }
        if (format != InputFormat.JSON_LINES && jsonKeys.size() > 1) {
            throw new IllegalArgumentException("plain text has one key but there are " + jsonKeys);
        }
    }

    /// What a document is and how it ends.
    ///
    /// @param level of the items
    /// @param appendEndOfDocument whether the tokenizer's token for it stands behind the last item
    ///     of a document
    /// @param badLines what happens to a line that holds no document
    public record Documents(Level level, boolean appendEndOfDocument, BadLines badLines) {}

    /// What an item is.
    public enum Level {
        /// A document; a list of texts is allowed and gives an item each.
        DOCUMENT,
        /// A sentence; each document must be a list of them.
        SENTENCE;

        String inFileName() {
            return this == DOCUMENT ? "document" : "sentence";
        }
    }

    /// What happens to a line that holds no document.
    public enum BadLines {
        /// Nothing is written.
        STOP,
        /// It is left out and said.
        SKIP
    }

    /// Bounds.
    ///
    /// @param workers threads that encode
    /// @param maxLineBytes longest line
    public record Limits(int workers, int maxLineBytes) {
        /// Longest line that can be configured: the tokens of more would not fit into an array.
        public static final int MOST_LINE_BYTES = 1 << 29;

        public Limits {
            if (workers < 1 || workers > 1024) {
                throw new IllegalArgumentException("workers must be in [1, 1024] but is " + workers);
            }
            if (maxLineBytes < 1 || maxLineBytes > MOST_LINE_BYTES) {
                throw new IllegalArgumentException(
                        "maxLineBytes must be in [1, " + MOST_LINE_BYTES + "] but is " + maxLineBytes);
            }
        }
    }

    /// Prefix of the data set of `key`.
    public Path prefix(String key) {
        Path last = outputPrefix.getFileName() instanceof Path name ? name : outputPrefix;
        return outputPrefix.resolveSibling(
                last + "_" + key + "_" + documents.level().inFileName());
    }
}
