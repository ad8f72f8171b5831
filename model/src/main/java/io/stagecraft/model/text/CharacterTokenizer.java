package io.stagecraft.model.text;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// A token for each character (Unicode code point) that is frequent enough in a text, one for all
/// others.
///
/// Id 0 stands for every unknown character and decodes to U+FFFD; ids from 1 on are the alphabet in
/// the order of code points. `\n` is always in it and ends documents.
public final class CharacterTokenizer implements Tokenizer {
    static final String TYPE = "characters";
    private static final int UNKNOWN = 0;
    private static final int REPLACEMENT = 0xFFFD;
    private static final int NUM_ASCII = 128;

    /// Code points in ascending order; that of id `i` is at `i - 1`.
    private final int[] alphabet;
    /// Ids of the first code points, for speed.
    private final int[] asciiIds = new int[NUM_ASCII];

    private CharacterTokenizer(int[] alphabet) {
        this.alphabet = alphabet;
        for (int i = 0; i < alphabet.length && alphabet[i] < NUM_ASCII; i++) {
            asciiIds[alphabet[i]] = i + 1;
        }
    }

    /// The characters that occur at least `minOccurrences` times in `corpus`.
    public static CharacterTokenizer of(Corpus corpus, int minOccurrences) {
        if (minOccurrences < 1) {
            throw new IllegalArgumentException("minOccurrences must be >= 1 but is " + minOccurrences);
        }
        var counts = new HashMap<Integer, Long>();
        long[] frequent = new long[NUM_ASCII]; // without boxing
        for (String document : corpus.documents()) {
            document.codePoints().forEach(c -> {
                if (c < frequent.length) {
                    frequent[c]++;
                } else {
                    counts.merge(c, 1L, Long::sum);
                }
            });
        }
        for (int c = 0; c < frequent.length; c++) {
            counts.put(c, frequent[c]);
        }
        counts.put((int) '\n', (long) minOccurrences);
        return new CharacterTokenizer(counts.entrySet().stream()
                .filter(entry -> entry.getValue() >= minOccurrences && isCharacter(entry.getKey()))
                .mapToInt(Map.Entry::getKey)
                .sorted()
                .toArray());
    }

    private static boolean isCharacter(int codePoint) {
        return codePoint != REPLACEMENT && (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE);
    }

    static CharacterTokenizer restore(Map<String, Object> settings) {
        if (!(settings.get("alphabet") instanceof String text)) {
            throw new IllegalArgumentException("tokenizer.alphabet must be the text of all characters but is missing");
        }
        return ofAlphabet(text);
    }

    /// The tokenizer with the characters of `text`, those of [#alphabet].
    ///
    /// - Errors: [IllegalArgumentException] with the place if they are not in the order of code
    ///   points, or if there is no line feed.
    public static CharacterTokenizer ofAlphabet(String text) {
        int[] alphabet = text.codePoints().toArray();
        for (int i = 1; i < alphabet.length; i++) {
            if (alphabet[i - 1] >= alphabet[i]) {
                throw new IllegalArgumentException(
                        "tokenizer.alphabet must be in the order of code points but breaks it at character " + i);
            }
        }
        if (Arrays.binarySearch(alphabet, '\n') < 0) {
            throw new IllegalArgumentException("tokenizer.alphabet must have a line feed, which ends documents");
        }
        return new CharacterTokenizer(alphabet);
    }

    @Override
    public int[] encode(String text) {
        int[] ids = new int[text.codePointCount(0, text.length())];
        int at = 0;
        for (int i = 0; i < ids.length; i++) {
            int codePoint = text.codePointAt(at);
            ids[i] = id(codePoint);
            at += Character.charCount(codePoint);
        }
        return ids;
    }

    private int id(int codePoint) {
        if (codePoint < NUM_ASCII) {
            return asciiIds[codePoint];
        }
        int at = Arrays.binarySearch(alphabet, codePoint);
        return at < 0 ? UNKNOWN : at + 1;
    }

    @Override
    public String decode(int[] tokens, int from, int num) {
        var text = new StringBuilder(num);
        for (int i = from; i < from + num; i++) {
            int token = tokens[i];
            if (token < 0 || token >= vocabSize()) {
                throw new IllegalArgumentException(
                        "token " + i + " must be in [0, " + vocabSize() + ") but is " + token);
            }
            text.appendCodePoint(token == UNKNOWN ? REPLACEMENT : alphabet[token - 1]);
        }
        return text.toString();
    }

    @Override
    public int vocabSize() {
        return alphabet.length + 1;
    }

    @Override
    public int endOfDocument() {
        return id('\n');
    }

    @Override
    public String describe() {
        return alphabet.length + " characters and one token for all others";
    }

    /// All characters that have a token of their own, in the order of code points.
    public String alphabet() {
        return new String(alphabet, 0, alphabet.length);
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("type", TYPE, "alphabet", alphabet());
    }
}
