package io.stagecraft.model.checkpoint.convert;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.GptBpeTokenizer;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tokenizer of a saved model, as far as it is known.
///
/// @param settings what [Tokenizer#restore] builds it from; empty if none is known
public record SavedTokenizer(Map<String, Object> settings) {
    private static final int GPT2_TOKENS = 50257;
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String WHOLE = "tokenizer.json";
    private static final String END_OF_TEXT = "<|endoftext|>";

    /// None.
    public static SavedTokenizer none() {
        return new SavedTokenizer(Map.of());
    }

    /// That of a checkpoint of ours.
    static SavedTokenizer ofSettings(Map<String, Object> settings) {
        return new SavedTokenizer(settings);
    }

    /// GPT-2's own for a model with as many tokens, otherwise none.
    static SavedTokenizer assumed(GptConfig model) {
        return model.vocabSize() == GPT2_TOKENS
                ? new SavedTokenizer(GptBpeTokenizer.gpt2().settings())
                : none();
    }

    /// That of a folder of Hugging Face's: its files, or GPT-2's own if there are none.
    static SavedTokenizer inFolder(Path folder, GptConfig model) {
        Path vocabulary = folder.resolve(VOCABULARY);
        Path merges = folder.resolve(MERGES);
        if (Files.isRegularFile(vocabulary) && Files.isRegularFile(merges)) {
            return of(new TokenizerSource.GptBpeFiles(vocabulary, merges));
        }
        return Files.isRegularFile(folder.resolve(WHOLE))
                ? of(new TokenizerSource.HuggingFaceJson(folder.resolve(WHOLE)))
                : assumed(model);
    }

    /// What `source` gives.
    public static SavedTokenizer of(TokenizerSource source) {
        return new SavedTokenizer(source.open().settings());
    }

    /// Whether any is known.
    public boolean isKnown() {
        return !settings.isEmpty();
    }

    /// Writes the files by which Hugging Face knows GPT-2's byte-pair encoding; another tokenizer
    /// has none.
    ///
    /// - Errors: [UncheckedIOException] naming the file.
    /// - Source: Hugging Face, `tokenization_gpt2.py`, `save_vocabulary`.
    void writeTo(Path folder) {
        if (!isKnown() || !(Tokenizer.restore(settings) instanceof GptBpeTokenizer bpe)) {
            return;
        }
        List<String> tokens = bpe.tokens();
        var ids = new LinkedHashMap<String, Integer>();
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
        }
        var options = new LinkedHashMap<String, Object>();
        options.put("tokenizer_class", "GPT2Tokenizer");
        options.put("bos_token", END_OF_TEXT);
        options.put("eos_token", END_OF_TEXT);
        options.put("unk_token", END_OF_TEXT);
        options.put("add_prefix_space", false);
        try {
            var json = new ObjectMapper();
            Files.write(folder.resolve(VOCABULARY), json.writeValueAsBytes(ids));
            Files.writeString(folder.resolve(MERGES), "#version: 0.2\n" + String.join("\n", bpe.merges()) + "\n");
            Files.write(folder.resolve("tokenizer_config.json"), json.writeValueAsBytes(options));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the tokenizer into " + folder + ": " + e, e);
        }
    }
}
