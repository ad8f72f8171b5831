package io.stagecraft.actors.train;

import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Finds the tokenizer of a model that was saved without one of ours.
final class ForeignTokenizer {
    /// Tokens of the vocabulary that comes with the program.
    private static final int GPT2_TOKENS = 50_257;

    private ForeignTokenizer() {}

    /// The one that is named, the one in files beside the model, or GPT-2's own if the model has as
    /// many tokens.
    ///
    /// - Errors: [IllegalArgumentException] if there is none or it has more tokens than the model;
    ///   those of [TokenizerSource].
    static Tokenizer of(Path saved, GptConfig model, List<TokenizerSource> named) {
        if (!named.isEmpty()) {
            return opened(saved, model, named.getFirst());
        }
        Path folder = Files.isDirectory(saved) ? saved : saved.toAbsolutePath().getParent();
        if (Files.exists(folder.resolve("tokenizer.json"))) {
            return opened(saved, model, new TokenizerSource.HuggingFaceJson(folder.resolve("tokenizer.json")));
        }
        if (Files.exists(folder.resolve("vocab.json")) && Files.exists(folder.resolve("merges.txt"))) {
            return opened(
                    saved,
                    model,
                    new TokenizerSource.GptBpeFiles(folder.resolve("vocab.json"), folder.resolve("merges.txt")));
        }
        if (model.vocabSize() >= GPT2_TOKENS && model.vocabSize() == model.paddedVocabSize()
                || model.vocabSize() == GPT2_TOKENS) {
            return new TokenizerSource.BuiltInGpt2Bpe().open();
        }
        throw new IllegalArgumentException("the model " + saved + " has " + model.vocabSize()
                + " tokens and brings no tokenizer; name one: GPT-2's files with --vocab-file and --merge-file, or with"
                + " data.vocab-file=FILE data.merge-file=FILE");
    }

    private static Tokenizer opened(Path saved, GptConfig model, TokenizerSource source) {
        Tokenizer tokenizer = source.open();
        if (tokenizer.vocabSize() > model.paddedVocabSize()) {
            throw new IllegalArgumentException("the tokenizer has " + tokenizer.vocabSize() + " tokens but the model "
                    + saved + " knows " + model.paddedVocabSize());
        }
        return tokenizer;
    }
}
