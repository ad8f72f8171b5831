package io.stagecraft.model.text;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Byte-pair encoding the slow way, over lists of texts and with GPT-2's regular expression: the oracle
/// of the fast one. It also trains a vocabulary.
final class ReferenceBpe {
    /// The expression as GPT-2's `encoder.py` has it; Java must be told that `\s` is Unicode's.
    static final Pattern PIECE = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private final ByteAlphabet alphabet = new ByteAlphabet();
    private final List<MergeTable.Merge> merges = new ArrayList<>();

    /// The `numMerges` most frequent pairs of `text`, found one after another.
    static ReferenceBpe train(String text, int numMerges) {
        var trained = new ReferenceBpe();
        List<List<String>> pieces =
                new ArrayList<>(pieces(text).stream().map(trained::symbols).toList());
        for (int i = 0; i < numMerges; i++) {
            Map<MergeTable.Merge, Integer> counts = new HashMap<>();
            for (List<String> piece : pieces) {
                for (int at = 0; at + 1 < piece.size(); at++) {
                    counts.merge(new MergeTable.Merge(piece.get(at), piece.get(at + 1)), 1, Integer::sum);
                }
            }
            MergeTable.Merge best = counts.entrySet().stream()
                    .max(Map.Entry.<MergeTable.Merge, Integer>comparingByValue()
                            .thenComparing(entry -> entry.getKey().toString()))
                    .orElseThrow()
                    .getKey();
            trained.merges.add(best);
            pieces.replaceAll(piece -> merged(piece, best));
        }
        return trained;
    }

    /// The same merges in another order: tokens may then come before the parts they are made of.
    ReferenceBpe shuffled(long seed) {
        var other = new ReferenceBpe();
        other.merges.addAll(merges);
        Collections.shuffle(other.merges, new Random(seed));
        return other;
    }

    static List<String> pieces(String text) {
        var pieces = new ArrayList<String>();
        Matcher matcher = PIECE.matcher(text);
        while (matcher.find()) {
            pieces.add(matcher.group());
        }
        return pieces;
    }

    private List<String> symbols(String piece) {
        return alphabet.toText(piece.getBytes(StandardCharsets.UTF_8))
                .chars()
                .mapToObj(c -> String.valueOf((char) c))
                .toList();
    }

    private static List<String> merged(List<String> piece, MergeTable.Merge pair) {
        var result = new ArrayList<String>();
        int at = 0;
        while (at < piece.size()) {
            boolean both = at + 1 < piece.size()
                    && piece.get(at).equals(pair.left())
                    && piece.get(at + 1).equals(pair.right());
            result.add(both ? pair.left() + pair.right() : piece.get(at));
            at += both ? 2 : 1;
        }
        return result;
    }

    /// The bytes in GPT-2's way of writing, then what merges make, then the end of a document.
    List<String> tokens() {
        var tokens = new ArrayList<String>();
        for (int b = 0; b < ByteAlphabet.NUM_BYTES; b++) {
            tokens.add(String.valueOf(alphabet.character(b)));
        }
        merges.stream()
                .map(merge -> merge.left() + merge.right())
                .filter(token -> !tokens.contains(token))
                .forEach(tokens::add);
        tokens.add(GptBpeTokenizer.END_OF_TEXT);
        return tokens;
    }

    List<String> mergeLines() {
        return merges.stream().map(merge -> merge.left() + " " + merge.right()).toList();
    }

    GptBpeTokenizer tokenizer() {
        var table = new MergeTable(alphabet, GptBpeTokenizer.ids(tokens()));
        merges.forEach(table::add);
        return GptBpeTokenizer.of(tokens(), table);
    }

    int[] encode(String text) {
        Map<String, Integer> ids = GptBpeTokenizer.ids(tokens());
        var encoded = new ArrayList<Integer>();
        for (String piece : pieces(text)) {
            List<String> symbols = symbols(piece);
            boolean more = true;
            while (more) {
                List<String> now = symbols;
                var present = new HashSet<MergeTable.Merge>();
                for (int at = 0; at + 1 < now.size(); at++) {
                    present.add(new MergeTable.Merge(now.get(at), now.get(at + 1)));
                }
                var best = merges.stream().filter(present::contains).findFirst();
                symbols = best.map(pair -> merged(now, pair)).orElse(now);
                more = best.isPresent();
            }
            symbols.forEach(symbol -> encoded.add(ids.get(symbol)));
        }
        return encoded.stream().mapToInt(Integer::intValue).toArray();
    }
}
