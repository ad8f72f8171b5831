package io.stagecraft.model.text;

import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// BERT's WordPiece: words between white space and punctuation, then the longest known pieces of
/// each word from left to right. What is not known at all is `[UNK]`.
///
/// [#decode] gives the pieces with blanks between words, as far as the tokenizer kept them; for
/// text in one line without accents that is the text.
///
/// - Source: Devlin et al., arXiv:1810.04805; Google's BERT, `tokenization.py`; Megatron-LM's
///   wrapper around it, which adds `[BOS]` and `[EOS]` where they are missing.
public final class WordPieceTokenizer implements Tokenizer {
    /// What happens to capital letters.
    public enum Case {
        /// Letters become small and lose their accents.
        LOWER,
        /// Letters stay as they are.
        KEPT
    }

    static final String TYPE = "bert-wordpiece";

    private static final String UNKNOWN = "[UNK]";
    private static final String BEGIN = "[BOS]";
    private static final String END = "[EOS]";
    private static final List<String> REQUIRED = List.of("[PAD]", UNKNOWN, "[CLS]", "[SEP]", "[MASK]");
    private static final String CONTINUED = "##";
    private static final int LONGEST_WORD = 200;
    private static final String TOKENS = "tokens";
    private static final String LOWER_CASE = "lower-case";

    private final List<String> tokens;
    private final Map<String, Integer> ids;
    /// Pieces that continue a word, without `##`.
    private final Map<String, Integer> continuations = new HashMap<>();

    private final Case letters;
    private final int longestPiece;
    private final PieceCache cache = new PieceCache();

    private WordPieceTokenizer(List<String> tokens, Map<String, Integer> ids, Case letters) {
        this.tokens = tokens;
        this.ids = ids;
        this.letters = letters;
        int longest = 1;
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id);
            longest = Math.max(longest, token.length());
            if (token.startsWith(CONTINUED)) {
                continuations.put(token.substring(CONTINUED.length()), id);
            }
        }
        longestPiece = longest;
    }

    /// Reads `vocab.txt`: a token a line, the first has id 0.
    ///
    /// - Errors: [VocabularyException] naming line and byte; `UncheckedIOException` naming the
    ///   file.
    public static WordPieceTokenizer read(Path vocabulary, Case letters) {
        VocabularyFile file = VocabularyFile.read(vocabulary);
        var tokens = new ArrayList<String>();
        var lineOf = new HashMap<String, Integer>();
        for (VocabularyFile.Line line : file.lines()) {
            String field = "line " + line.number();
            String token = line.text().strip();
            if (token.isEmpty()) {
                throw new VocabularyException(
                        vocabulary, field, line.offsetBytes(), "is blank; Megatron-LM would count it as a token");
            }
            if (lineOf.putIfAbsent(token, line.number()) instanceof Integer other) {
                throw new VocabularyException(
                        vocabulary, field, line.offsetBytes(), "\"" + token + "\" is on line " + other + " too");
            }
            tokens.add(token);
        }
        try {
            return of(tokens, letters);
        } catch (IllegalArgumentException e) {
            throw new VocabularyException(vocabulary, "tokens", file.bytes().length, String.valueOf(e.getMessage()));
        }
    }

    /// A tokenizer of `tokens` by id, which are different; `[BOS]` and `[EOS]` are added behind
    /// them if they are missing.
    ///
    /// - Errors: [IllegalArgumentException] if one of BERT's special tokens is missing.
    static WordPieceTokenizer of(List<String> tokens, Case letters) {
        var all = new ArrayList<>(tokens);
        Map<String, Integer> ids = GptBpeTokenizer.ids(tokens);
        for (String token : REQUIRED) {
            if (!ids.containsKey(token)) {
                throw new IllegalArgumentException("the vocabulary must have the token " + token + " but has not");
            }
        }
        for (String token : List.of(BEGIN, END)) {
            if (ids.putIfAbsent(token, all.size()) instanceof Integer) {
                continue;
            }
            all.add(token);
        }
        return new WordPieceTokenizer(List.copyOf(all), ids, letters);
    }

    static WordPieceTokenizer restore(Map<String, Object> settings) {
        List<String> tokens = GptBpeTokenizer.texts(settings, TOKENS);
        if (!(settings.get(LOWER_CASE) instanceof Boolean lower)) {
            throw new IllegalArgumentException("tokenizer.lower-case must be true or false but is missing");
        }
        return of(tokens, lower ? Case.LOWER : Case.KEPT);
    }

    /// The id of a token by its text in the vocabulary, for example `[CLS]`.
    ///
    /// - Errors: [IllegalArgumentException] if there is none.
    public int id(String token) {
        if (ids.get(token) instanceof Integer id) {
            return id;
        }
        throw new IllegalArgumentException("the vocabulary has no token \"" + token + "\"");
    }

    /// The tokens by id; pieces that continue a word begin with `##`.
    public List<String> tokens() {
        return tokens;
    }

    @Override
    public int[] encode(String text) {
        var into = new TokenBuffer(text.length() / 4);
        int at = 0;
        while (at < text.length()) {
            // All white space is in the basic plane.
            if (BertCharacters.isSpace(text.charAt(at))) {
                at++;
                continue;
            }
            int end = at + 1;
            while (end < text.length() && !BertCharacters.isSpace(text.charAt(end))) {
                end++;
            }
            int[] known = cache.find(text, at, end);
            if (known == PieceCache.MISS) {
                int start = into.size();
                encodeChunk(text.substring(at, end), into);
                cache.put(text, at, end, into.from(start));
            } else {
                into.addAll(known);
            }
            at = end;
        }
        return into.toArray();
    }

    /// Encodes what stands between white space.
    private void encodeChunk(String chunk, TokenBuffer into) {
        var word = new StringBuilder(chunk.length());
        chunk.codePoints().filter(c -> !BertCharacters.isDropped(c)).forEach(c -> {
            if (BertCharacters.isIdeograph(c)) {
                flushWord(word, into);
                word.appendCodePoint(c);
                flushWord(word, into);
            } else {
                word.appendCodePoint(c);
            }
        });
        flushWord(word, into);
    }

    private void flushWord(StringBuilder word, TokenBuffer into) {
        String text = letters == Case.LOWER ? lower(word.toString()) : word.toString();
        word.setLength(0);
        int start = 0;
        int at = 0;
        while (at < text.length()) {
            int next = at + Character.charCount(text.codePointAt(at));
            if (BertCharacters.isPunctuation(text.codePointAt(at))) {
                encodeWord(text.substring(start, at), into);
                encodeWord(text.substring(at, next), into);
                start = next;
            }
            at = next;
        }
        encodeWord(text.substring(start), into);
    }

    /// Small letters, without the marks that Unicode takes apart.
    private static String lower(String word) {
        String apart = Normalizer.normalize(word.toLowerCase(Locale.ROOT), Normalizer.Form.NFD);
        var kept = new StringBuilder(apart.length());
        apart.codePoints()
                .filter(c -> Character.getType(c) != Character.NON_SPACING_MARK)
                .forEach(kept::appendCodePoint);
        return kept.toString();
    }

    private void encodeWord(String word, TokenBuffer into) {
        if (word.isEmpty()) {
            return;
        }
        int[] pieces = word.codePointCount(0, word.length()) > LONGEST_WORD ? PieceCache.MISS : pieces(word);
        if (pieces == PieceCache.MISS) {
            into.add(id(UNKNOWN));
        } else {
            into.addAll(pieces);
        }
    }

    /// The ids of the pieces of `word`, or [PieceCache#MISS] if it cannot be put together.
    private int[] pieces(String word) {
        var pieces = new TokenBuffer(4);
        int start = 0;
        while (start < word.length()) {
            Map<String, Integer> known = start == 0 ? ids : continuations;
            int end = Math.min(word.length(), start + longestPiece);
            while (end > start && !known.containsKey(word.substring(start, end))) {
                end--;
            }
            if (end == start) {
                return PieceCache.MISS;
            }
            pieces.add(known.get(word.substring(start, end)));
            start = end;
        }
        return pieces.toArray();
    }

    @Override
    public String decode(int[] pieces, int from, int num) {
        var text = new StringBuilder();
        for (int i = from; i < from + num; i++) {
            if (pieces[i] < 0 || pieces[i] >= tokens.size()) {
                throw new IllegalArgumentException(
                        "token " + i + " must be in [0, " + tokens.size() + ") but is " + pieces[i]);
            }
            text.append(' ').append(tokens.get(pieces[i]));
        }
        String words = text.toString().replace(" " + CONTINUED, "").strip();
        return words.replace(" .", ".")
                .replace(" ?", "?")
                .replace(" !", "!")
                .replace(" ,", ",")
                .replace(" ' ", "'")
                .replace(" n't", "n't")
                .replace(" 'm", "'m")
                .replace(" 's", "'s")
                .replace(" 've", "'ve")
                .replace(" 're", "'re");
    }

    @Override
    public int vocabSize() {
        return tokens.size();
    }

    /// `[EOS]`. BERT's own texts have no such token behind documents.
    @Override
    public int endOfDocument() {
        return id(END);
    }

    @Override
    public String describe() {
        return "BERT WordPiece, " + (letters == Case.LOWER ? "uncased" : "cased") + ", of " + tokens.size() + " tokens";
    }

    @Override
    public Map<String, Object> settings() {
        return Map.of("type", TYPE, LOWER_CASE, letters == Case.LOWER, TOKENS, tokens);
    }
}
