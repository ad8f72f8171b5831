package io.stagecraft.model.text;

import java.nio.file.Path;

/// Where a tokenizer comes from.
///
/// [#open] reads it.
///
/// - Errors: [VocabularyException] with file, field and byte; `UncheckedIOException` naming the
///   file.
public sealed interface TokenizerSource {
    /// GPT-2's vocabulary, which comes with the program.
    record BuiltInGpt2Bpe() implements TokenizerSource {
        @Override
        public Tokenizer open() {
            return GptBpeTokenizer.gpt2();
        }
    }

    /// GPT-2's byte-pair encoding in two files.
    ///
    /// @param vocabulary `vocab.json`, also called `encoder.json`: tokens and ids
    /// @param merges `merges.txt`, also called `vocab.bpe`: a merge a line behind one line of
    ///     comment
    record GptBpeFiles(Path vocabulary, Path merges) implements TokenizerSource {
        @Override
        public Tokenizer open() {
            return BpeFiles.read(vocabulary, merges);
        }
    }

    /// GPT-2's byte-pair encoding as Hugging Face writes it.
    ///
    /// @param file `tokenizer.json`
    record HuggingFaceJson(Path file) implements TokenizerSource {
        @Override
        public Tokenizer open() {
            return TokenizerJson.read(file);
        }
    }

    /// BERT's WordPiece.
    ///
    /// @param vocabulary `vocab.txt`
    /// @param letters what happens to capital letters
    record BertWordPiece(Path vocabulary, WordPieceTokenizer.Case letters) implements TokenizerSource {
        @Override
        public Tokenizer open() {
            return WordPieceTokenizer.read(vocabulary, letters);
        }
    }

    /// Reads the tokenizer.
    Tokenizer open();
}
