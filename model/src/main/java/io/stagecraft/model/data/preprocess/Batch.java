package io.stagecraft.model.data.preprocess;

import io.stagecraft.model.text.Tokenizer;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/// Some of the input, which is encoded on its own.
interface Batch {
    /// Bytes of the input that end with it.
    long numBytes();

    /// Encodes it. Called once, by any thread.
    ///
    /// - Errors: [PreprocessException] naming file and place.
    Encoded encode(Tokenizer tokenizer);

    /// Gives batches in the order of the input.
    interface Source extends Closeable {
        /// The next one, or nothing at the end.
        Optional<Batch> next() throws IOException;
    }
}
