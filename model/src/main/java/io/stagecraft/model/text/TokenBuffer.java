package io.stagecraft.model.text;

import java.util.Arrays;

/// Ids that are being collected.
final class TokenBuffer {
    private int[] ids;
    private int size;

    TokenBuffer(int expected) {
        ids = new int[Math.max(16, expected)];
    }

    void add(int id) {
        room(1);
        ids[size++] = id;
    }

    void addAll(int[] more) {
        room(more.length);
        System.arraycopy(more, 0, ids, size, more.length);
        size += more.length;
    }

    private void room(int more) {
        if (ids.length - size < more) {
            long grown = Math.max(ids.length + (ids.length >> 1), (long) size + more);
            ids = Arrays.copyOf(ids, Math.toIntExact(grown));
        }
    }

    int size() {
        return size;
    }

    int[] from(int start) {
        return Arrays.copyOfRange(ids, start, size);
    }

    int[] toArray() {
        return Arrays.copyOf(ids, size);
    }
}
