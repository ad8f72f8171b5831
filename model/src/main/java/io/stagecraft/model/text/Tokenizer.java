package io.stagecraft.model.text;

import java.util.Map;

/// Text to token ids and back.
///
/// `decode(encode(text))` is `text`, but for characters that a tokenizer does not know.
/// Implementations are immutable and may be used by several threads.
public interface Tokenizer {
    /// The ids of `text`, each in `[0, vocabSize)`; nothing is added in front or behind.
    int[] encode(String text);

    /// The text of ids `tokens[from .. from + num)`.
    ///
    /// - Errors: [IllegalArgumentException] for an id outside `[0, vocabSize)`.
    String decode(int[] tokens, int from, int num);

    /// Number of ids.
    int vocabSize();

    /// The id that stands behind every document of a token stream.
    int endOfDocument();

    /// One line for people.
    String describe();

    /// What [#restore] needs to build it again, as values that JSON has; `type` names the kind.
    Map<String, Object> settings();

    /// The text of all of `tokens`.
    default String decode(int[] tokens) {
        return decode(tokens, 0, tokens.length);
    }

    /// The tokenizer that `settings` came from.
    ///
    /// - Errors: [IllegalArgumentException] naming the setting if they come from no tokenizer known
    ///   here.
    static Tokenizer restore(Map<String, Object> settings) {
        String type = String.valueOf(settings.getOrDefault("type", "none"));
        return switch (type) {
            case CharacterTokenizer.TYPE -> CharacterTokenizer.restore(settings);
            case GptBpeTokenizer.TYPE -> GptBpeTokenizer.restore(settings);
            case WordPieceTokenizer.TYPE -> WordPieceTokenizer.restore(settings);
            default ->
                throw new IllegalArgumentException("tokenizer.type must be \"" + CharacterTokenizer.TYPE + "\", \""
                        + GptBpeTokenizer.TYPE + "\" or \"" + WordPieceTokenizer.TYPE + "\" but is \"" + type + "\"");
        };
    }
}
