package io.stagecraft.model.data.preprocess;

import io.stagecraft.model.data.IndexedDatasetWriter;
import java.util.Arrays;

/// Tokens of whole documents, one behind the other.
final class KeyTokens {
    private int[] ids = new int[1024];
    private int numIds;
    /// Sizes of items; the end of a document is [#END].
    private int[] sizes = new int[64];

    private int numSizes;
    private static final int END = -1;

    void item(int[] tokens) {
        ids = room(ids, numIds, tokens.length);
        System.arraycopy(tokens, 0, ids, numIds, tokens.length);
        numIds += tokens.length;
        size(tokens.length);
    }

    /// Adds `token` to the last item.
    void append(int token) {
        ids = room(ids, numIds, 1);
        ids[numIds++] = token;
        sizes[numSizes - 1]++;
    }

    void endDocument() {
        size(END);
    }

    private void size(int size) {
        sizes = room(sizes, numSizes, 1);
        sizes[numSizes++] = size;
    }

    private static int[] room(int[] array, int used, int more) {
        if (array.length - used >= more) {
            return array;
        }
        return Arrays.copyOf(array, Math.toIntExact(Math.max(array.length * 3L / 2, (long) used + more)));
    }

    void write(IndexedDatasetWriter writer) {
        int at = 0;
        for (int i = 0; i < numSizes; i++) {
            if (sizes[i] == END) {
                writer.endDocument();
            } else {
                writer.item(ids, at, sizes[i]);
                at += sizes[i];
            }
        }
    }
}
