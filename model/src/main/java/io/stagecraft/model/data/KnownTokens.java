package io.stagecraft.model.data;

import java.nio.file.Path;

/// An indexed data set whose tokens a model knows: a token at or above the size of its vocabulary
/// would be a row beyond the embedding.
///
/// Opening reads all tokens of a data set of up to 16 Mi of them, and of a larger one the first
/// 4,096 tokens of 1,024 documents at even distances, so that data made with another vocabulary are
/// refused before anything starts. Every copy checks what it copies.
///
/// - Errors: [DatasetFormatException] naming `.bin`, document, place and byte, the token and the
///   size of the vocabulary; those of [IndexedDataset].
/// - Thread: any number may read at once; nothing is allocated.
public final class KnownTokens implements TokenItems {
    private static final long READ_WHOLE = 1 << 24;
    private static final int DOCUMENTS_READ = 1024;
    private static final int TOKENS_AT_ONCE = 4096;

    private final IndexedDataset dataset;
    private final int vocabSize;

    private KnownTokens(IndexedDataset dataset, int vocabSize) {
        this.dataset = dataset;
        this.vocabSize = vocabSize;
    }

    /// Maps `prefix.bin` and `prefix.idx`, whose tokens must be in `[0, vocabSize)`, and reads
    /// ahead.
    public static KnownTokens open(Path prefix, int vocabSize) {
        return open(prefix, vocabSize, READ_WHOLE);
    }

    /// As the other, but a data set is read whole up to `mostTokens`.
    static KnownTokens open(Path prefix, int vocabSize, long mostTokens) {
        var opened = new KnownTokens(IndexedDataset.open(prefix), vocabSize);
        try {
            opened.readAhead(mostTokens);
            return opened;
        } catch (RuntimeException e) {
            opened.close();
            throw e;
        }
    }

    private void readAhead(long mostTokens) {
        boolean whole = dataset.numTokens() <= mostTokens;
        long step = whole ? 1 : Math.max(1, numItems() / DOCUMENTS_READ);
        var some = new int[TOKENS_AT_ONCE];
        for (long item = 0; item < numItems(); item += step) {
            int end = whole ? length(item) : Math.min(length(item), TOKENS_AT_ONCE);
            for (int from = 0; from < end; from += TOKENS_AT_ONCE) {
                copy(item, from, Math.min(TOKENS_AT_ONCE, end - from), some, 0);
            }
        }
    }

    @Override
    public long numItems() {
        return dataset.numItems();
    }

    @Override
    public int length(long item) {
        return dataset.length(item);
    }

    @Override
    public void copy(long item, long from, int num, int[] into, int offset) {
        dataset.copy(item, from, num, into, offset);
        for (int i = 0; i < num; i++) {
            int token = into[offset + i];
            if (token < 0 || token >= vocabSize) {
                throw unknown(item, from + i, token);
            }
        }
    }

    private DatasetFormatException unknown(long item, long place, int token) {
        return new DatasetFormatException(
                dataset.files().bin(),
                "token " + place + " of document " + item,
                dataset.offsetBytes(item, place),
                "must be in [0, " + vocabSize + "), the vocabulary, but is " + token
                        + "; the data were made with another vocabulary: give the vocabulary and merges that made"
                        + " them, or make them anew");
    }

    @Override
    public void close() {
        dataset.close();
    }
}
