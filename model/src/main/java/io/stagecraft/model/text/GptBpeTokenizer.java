package io.stagecraft.model.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// GPT-2's byte-pair encoding. Every text can be encoded and is given back by [#decode], byte for
/// byte, if the vocabulary has all 256 bytes, as GPT-2's has.
///
/// `<|endoftext|>` inside a text is text like any other; its id comes from [#endOfDocument] only.
/// Half a surrogate pair, which no UTF-8 text has, is encoded as U+FFFD. Ids that are no UTF-8
/// decode to U+FFFD where they are not; [#decodeBytes] gives the bytes.
///
/// - Source: GPT-2's `encoder.py`; Megatron-LM's `gpt2_tokenization.py`.
public final class GptBpeTokenizer implements Tokenizer {
    static final String TYPE = "gpt2-bpe";
    /// The token behind every document.
    static final String END_OF_TEXT = "<|endoftext|>";

    private static final String VOCABULARY = "vocabulary";
    private static final String BUILT_IN = "gpt2";
    private static final String TOKENS = "tokens";
    private static final String MERGES = "merges";

    private final List<String> tokens;
    private final byte[][] tokenBytes;
    private final MergeTable merges;
    private final int endOfDocument;
    private final GptPreTokenizer preTokenizer = new GptPreTokenizer();
    private final PieceCache cache = new PieceCache();

    private GptBpeTokenizer(List<String> tokens, byte[][] tokenBytes, MergeTable merges, int endOfDocument) {
        this.tokens = tokens;
        this.tokenBytes = tokenBytes;
        this.merges = merges;
        this.endOfDocument = endOfDocument;
    }

    /// GPT-2's own vocabulary, which comes with the program: 50,257 tokens.
    ///
    /// - Errors: [CorpusException] if it is not on the class path.
    public static GptBpeTokenizer gpt2() {
        return BuiltInGpt2.read();
    }

    /// A tokenizer of `tokens` by id and their `merges`, in the characters of [ByteAlphabet].
    ///
    /// - Errors: [IllegalArgumentException] if there is no token for the end of a document.
    static GptBpeTokenizer of(List<String> tokens, MergeTable merges) {
        int end = tokens.indexOf(END_OF_TEXT);
        if (end < 0) {
            throw new IllegalArgumentException(
                    "the vocabulary must have the token " + END_OF_TEXT + ", which ends documents");
        }
        var alphabet = new ByteAlphabet();
        byte[][] bytes = tokens.stream().map(alphabet::toBytes).toArray(byte[][]::new);
        return new GptBpeTokenizer(List.copyOf(tokens), bytes, merges, end);
    }

    /// The id of each of `tokens`.
    static Map<String, Integer> ids(List<String> tokens) {
        Map<String, Integer> ids = HashMap.newHashMap(tokens.size());
        for (int id = 0; id < tokens.size(); id++) {
            ids.put(tokens.get(id), id);
        }
        return ids;
    }

    static GptBpeTokenizer restore(Map<String, Object> settings) {
        if (BUILT_IN.equals(settings.getOrDefault(VOCABULARY, ""))) {
            return gpt2();
        }
        List<String> tokens = texts(settings, TOKENS);
        List<String> texts = texts(settings, MERGES);
        var merges = new MergeTable(new ByteAlphabet(), ids(tokens));
        for (String text : texts) {
            String[] parts = text.split(" ", -1);
            if (parts.length != 2) {
                throw new IllegalArgumentException(
                        "tokenizer.merges must be pairs of tokens with a blank between but one is \"" + text + "\"");
            }
            merges.add(new MergeTable.Merge(parts[0], parts[1]));
        }
        return of(tokens, merges);
    }

    /// The list of texts that `settings` has at `key`.
    static List<String> texts(Map<String, Object> settings, String key) {
        if (!(settings.get(key) instanceof List<?> list)) {
            throw new IllegalArgumentException("tokenizer." + key + " must be a list of texts but is missing");
        }
        return list.stream()
                .map(it -> {
                    if (it instanceof String text) {
                        return text;
                    }
                    throw new IllegalArgumentException("tokenizer." + key + " must be a list of texts but has " + it);
                })
                .toList();
    }

    @Override
    public int[] encode(String text) {
        var ids = new TokenBuffer(text.length() / 3);
        int at = 0;
        while (at < text.length()) {
            int end = preTokenizer.end(text, at);
            int[] known = cache.find(text, at, end);
            if (known == PieceCache.MISS) {
                int start = ids.size();
                BytePairMerger.encode(merges, utf8(text, at, end), ids);
                cache.put(text, at, end, ids.from(start));
            } else {
                ids.addAll(known);
            }
            at = end;
        }
        return ids.toArray();
    }

    private static byte[] utf8(String text, int from, int to) {
        try {
            ByteBuffer bytes = StandardCharsets.UTF_8
                    .newEncoder()
                    .onMalformedInput(CodingErrorAction.REPLACE)
                    .replaceWith(new byte[] {(byte) 0xEF, (byte) 0xBF, (byte) 0xBD})
                    .encode(CharBuffer.wrap(text, from, to));
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            return copy;
        } catch (CharacterCodingException e) {
            throw new AssertionError("malformed input is replaced", e);
        }
    }

    @Override
    public String decode(int[] ids, int from, int num) {
        return new String(decodeBytes(ids, from, num), StandardCharsets.UTF_8);
    }

    /// The bytes of ids `ids[from .. from + num)`, which need not be whole characters.
    ///
    /// - Errors: [IllegalArgumentException] for an id outside `[0, vocabSize)`.
    public byte[] decodeBytes(int[] ids, int from, int num) {
        var bytes = new ByteArrayOutputStream(4 * num);
        for (int i = from; i < from + num; i++) {
            if (ids[i] < 0 || ids[i] >= tokenBytes.length) {
                throw new IllegalArgumentException(
                        "token " + i + " must be in [0, " + tokenBytes.length + ") but is " + ids[i]);
            }
            bytes.writeBytes(tokenBytes[ids[i]]);
        }
        return bytes.toByteArray();
    }

    @Override
    public int vocabSize() {
        return tokenBytes.length;
    }

    @Override
    public int endOfDocument() {
        return endOfDocument;
    }

    @Override
    public String describe() {
        return "GPT-2 byte-pair encoding of " + tokens.size() + " tokens, "
                + merges.merges().size() + " merges";
    }

    /// The tokens by id, in the characters that stand for bytes in the files of a vocabulary, as
    /// `vocab.json` has them.
    public List<String> tokens() {
        return tokens;
    }

    /// The merges, best first, each as a line of `merges.txt`.
    public List<String> merges() {
        return merges.merges().stream()
                .map(merge -> merge.left() + " " + merge.right())
                .toList();
    }

    /// GPT-2's own vocabulary by name, any other in full.
    @Override
    public Map<String, Object> settings() {
        if (tokens.size() == BuiltInGpt2.NUM_TOKENS && sameAs(gpt2())) {
            return Map.of("type", TYPE, VOCABULARY, BUILT_IN);
        }
        return Map.of("type", TYPE, TOKENS, tokens, MERGES, merges());
    }

    private boolean sameAs(GptBpeTokenizer other) {
        return tokens.equals(other.tokens) && merges.merges().equals(other.merges.merges());
    }
}
