package io.stagecraft.model.data;

import io.stagecraft.model.text.Corpus;
import io.stagecraft.model.text.Tokenizer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The tokens of a corpus, one document after another, each with the end-of-document token behind
/// it.
///
/// Two bytes a token for vocabularies up to 65536, else four. Immutable; one instance serves all
/// ranks of a JVM.
public final class TokenStream {
    private static final int MAX_TWO_BYTE_VOCABULARY = 65536;

    private final MemorySegment tokens;
    private final boolean twoBytes;
    private final long numTokens;

    private TokenStream(MemorySegment tokens, boolean twoBytes, long numTokens) {
        this.tokens = tokens;
        this.twoBytes = twoBytes;
        this.numTokens = numTokens;
    }

    /// Encodes all documents of `corpus`.
    public static TokenStream of(Corpus corpus, Tokenizer tokenizer) {
        return tokenizer.vocabSize() <= MAX_TWO_BYTE_VOCABULARY
                ? twoBytes(corpus, tokenizer)
                : fourBytes(corpus, tokenizer);
    }

    /// The stream of `tokens`, unsigned. Takes ownership.
    static TokenStream ofTwoBytes(short[] tokens) {
        return new TokenStream(MemorySegment.ofArray(tokens), true, tokens.length);
    }

    private static TokenStream twoBytes(Corpus corpus, Tokenizer tokenizer) {
        short[] all = new short[1024];
        int num = 0;
        for (String document : corpus.documents()) {
            int[] ids = tokenizer.encode(document);
            int end = Math.addExact(num, ids.length + 1);
            all = end <= all.length ? all : Arrays.copyOf(all, grown(all.length, end));
            for (int id : ids) {
                all[num++] = (short) id;
            }
            all[num++] = (short) tokenizer.endOfDocument();
        }
        return new TokenStream(MemorySegment.ofArray(Arrays.copyOf(all, num)), true, num);
    }

    private static TokenStream fourBytes(Corpus corpus, Tokenizer tokenizer) {
        int[] all = new int[1024];
        int num = 0;
        for (String document : corpus.documents()) {
            int[] ids = tokenizer.encode(document);
            int end = Math.addExact(num, ids.length + 1);
            all = end <= all.length ? all : Arrays.copyOf(all, grown(all.length, end));
            System.arraycopy(ids, 0, all, num, ids.length);
            all[end - 1] = tokenizer.endOfDocument();
            num = end;
        }
        return new TokenStream(MemorySegment.ofArray(Arrays.copyOf(all, num)), false, num);
    }

    private static int grown(int length, int atLeast) {
        return (int) Math.max(atLeast, Math.min(Integer.MAX_VALUE - 8, length * 3L / 2));
    }

    /// Number of tokens.
    public long numTokens() {
        return numTokens;
    }

    /// Token `index`.
    public int token(long index) {
        return twoBytes
                ? tokens.getAtIndex(ValueLayout.JAVA_SHORT, index) & 0xFFFF
                : tokens.getAtIndex(ValueLayout.JAVA_INT, index);
    }

    /// `into[offset + i] = token(from + i)` for `i < num`. Allocates nothing.
    public void copy(long from, int num, int[] into, int offset) {
        if (!twoBytes) {
            MemorySegment.copy(tokens, ValueLayout.JAVA_INT, from * Integer.BYTES, into, offset, num);
            return;
        }
        for (int i = 0; i < num; i++) {
            into[offset + i] = tokens.getAtIndex(ValueLayout.JAVA_SHORT, from + i) & 0xFFFF;
        }
    }
}
