package io.stagecraft.actors.train;

import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Finds the tokenizer of a model that was saved by others.
final class ForeignTokenizer {
    /// Tokens of the vocabulary that comes with the program.
    private static final int GPT2_TOKENS = 50_257;

    private ForeignTokenizer() {}

    /// The one in the named files, in files beside the model, or GPT-2's own if the model has as many tokens.
    ///
    /// - Errors: [IllegalArgumentException] if there is none; those of [TokenizerSource].
    static Tokenizer of(Path saved, GptConfig model, List<Path> named) {
        if (named.size() == 2) {
            return new TokenizerSource.GptBpeFiles(named.get(0), named.get(1)).open();
        }
        Path folder = Files.isDirectory(saved) ? saved : saved.toAbsolutePath().getParent();
        if (Files.exists(folder.resolve("tokenizer.json"))) {
            return new TokenizerSource.HuggingFaceJson(folder.resolve("tokenizer.json")).open();
        }
        if (Files.exists(folder.resolve("vocab.json")) && Files.exists(folder.resolve("merges.txt"))) {
            return new TokenizerSource.GptBpeFiles(folder.resolve("vocab.json"), folder.resolve("merges.txt")).open();
        }
        if (model.vocabSize() >= GPT2_TOKENS && model.vocabSize() == model.paddedVocabSize()
                || model.vocabSize() == GPT2_TOKENS) {
            return new TokenizerSource.BuiltInGpt2Bpe().open();
        }
        throw new IllegalArgumentException("the model " + saved + " has " + model.vocabSize()
                + " tokens and brings no tokenizer; name its files with --vocab-file and --merge-file");
    }
}
