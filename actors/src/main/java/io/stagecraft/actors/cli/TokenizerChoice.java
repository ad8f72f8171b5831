package io.stagecraft.actors.cli;

import io.stagecraft.model.text.TokenizerSource;
import io.stagecraft.model.text.WordPieceTokenizer;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// The arguments that name a tokenizer, by Megatron-LM's names.
final class TokenizerChoice {
    private static final Path NONE = Path.of("");

    @Option(
            names = "--tokenizer-type",
            paramLabel = "TYPE",
            description = "GPT2BPETokenizer, BertWordPieceLowerCase or BertWordPieceCase.")
    private String type = "";

    @Option(
            names = "--vocab-file",
            paramLabel = "FILE",
            description = "GPT-2: vocab.json (also called encoder.json), or a tokenizer.json of Hugging Face without"
                    + " --merge-file; without both the vocabulary of GPT-2 that comes with the program."
                    + " BERT: vocab.txt.")
    private Path vocabulary = NONE;

    @Option(names = "--merge-file", paramLabel = "FILE", description = "GPT-2: merges.txt, also called vocab.bpe.")
    private Path merges = NONE;

    /// What the arguments mean.
    ///
    /// - Errors: [TypeConversionException] with a sentence if they do not go together.
    TokenizerSource source(Path workingDirectory) {
        boolean noVocabulary = vocabulary.equals(NONE);
        boolean noMerges = merges.equals(NONE);
        Path vocabularyFile = workingDirectory.resolve(vocabulary);
        return switch (type) {
            case "GPT2BPETokenizer" -> {
                if (noVocabulary != noMerges && noVocabulary) {
                    throw new TypeConversionException("--merge-file needs --vocab-file");
                }
                yield noVocabulary
                        ? new TokenizerSource.BuiltInGpt2Bpe()
                        : noMerges
                                ? new TokenizerSource.HuggingFaceJson(vocabularyFile)
                                : new TokenizerSource.GptBpeFiles(vocabularyFile, workingDirectory.resolve(merges));
            }
            case "BertWordPieceLowerCase", "BertWordPieceCase" -> {
                if (noVocabulary || !noMerges) {
                    throw new TypeConversionException(
                            "--tokenizer-type " + type + " needs --vocab-file, a vocab.txt, and no --merge-file");
                }
                yield new TokenizerSource.BertWordPiece(
                        vocabularyFile,
                        type.equals("BertWordPieceCase")
                                ? WordPieceTokenizer.Case.KEPT
                                : WordPieceTokenizer.Case.LOWER);
            }
            default ->
                throw new TypeConversionException("--tokenizer-type must be GPT2BPETokenizer, BertWordPieceLowerCase"
                        + " or BertWordPieceCase but is '" + type + "'");
        };
    }

    /// Whether a tokenizer is named.
    ///
    /// - Errors: [TypeConversionException] if only its files are.
    boolean isGiven() {
        if (type.isEmpty() && !(vocabulary.equals(NONE) && merges.equals(NONE))) {
            throw new TypeConversionException("--vocab-file and --merge-file need --tokenizer-type");
        }
        return !type.isEmpty();
    }

    /// Whether documents have a token at their end: Megatron-LM's BERT tokenizers have none.
    boolean hasEndOfDocument() {
        return type.startsWith("GPT2");
    }
}
