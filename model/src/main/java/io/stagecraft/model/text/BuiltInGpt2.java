package io.stagecraft.model.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/// GPT-2's vocabulary as it lies on the class path: one line a token, its bytes in base 64 and its
/// id.
///
/// The file has no merges, but they follow from it: the merge that makes a token is of the two
/// symbols that the better merges leave of the token's bytes.
///
/// - Source: `r50k_base.tiktoken` of `com.knuddels:jtokkit`.
final class BuiltInGpt2 {
    static final int NUM_TOKENS = 50_257;
    private static final String FILE = "/com/knuddels/jtokkit/r50k_base.tiktoken";

    private BuiltInGpt2() {}

    static GptBpeTokenizer read() {
        var alphabet = new ByteAlphabet();
        List<byte[]> bytes = tokenBytes();
        var tokens = new ArrayList<String>(NUM_TOKENS);
        bytes.forEach(token -> tokens.add(alphabet.toText(token)));
        tokens.add(GptBpeTokenizer.END_OF_TEXT);
        Map<String, Integer> ids = GptBpeTokenizer.ids(tokens);
        var merges = new MergeTable(alphabet, ids);
        for (byte[] token : bytes) {
            if (token.length > 1) {
                merges.add(merge(tokens, merges, token));
            }
        }
        return GptBpeTokenizer.of(tokens, merges);
    }

    private static MergeTable.Merge merge(List<String> tokens, MergeTable better, byte[] token) {
        int[] halves = BytePairMerger.merge(better, token);
        if (halves.length != 2) {
            throw new CorpusException("the file " + FILE + " is damaged: a token falls into " + halves.length
                    + " pieces instead of 2; build again");
        }
        return new MergeTable.Merge(tokens.get(better.id(halves[0])), tokens.get(better.id(halves[1])));
    }

    private static List<byte[]> tokenBytes() {
        var tokens = new ArrayList<byte[]>(NUM_TOKENS);
        Base64.Decoder decoder = Base64.getDecoder();
        try (InputStream stream = open();
                var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
            reader.lines().forEach(line -> {
                int blank = line.indexOf(' ');
                if (blank < 0 || !line.substring(blank + 1).equals(String.valueOf(tokens.size()))) {
                    throw new CorpusException("the file " + FILE + " is damaged at line " + (tokens.size() + 1));
                }
                tokens.add(decoder.decode(line.substring(0, blank)));
            });
        } catch (IOException e) {
            throw new CorpusException("cannot read " + FILE + " from the class path: " + e, e);
        }
        return tokens;
    }

    private static InputStream open() {
        if (BuiltInGpt2.class.getResourceAsStream(FILE) instanceof InputStream stream) {
            return stream;
        }
        throw new CorpusException("GPT-2's vocabulary is not on the class path: the jar of com.knuddels:jtokkit"
                + " is missing; build again or give vocabulary files of your own");
    }
}
