package io.stagecraft.model.text;

import java.util.Arrays;

/// Pairs that could be merged, the best one on top; of equal ones, the leftmost. A binary heap.
final class PairHeap {
    private long[] entries;
    private int size;

    PairHeap(int expected) {
        entries = new long[expected + 1];
    }

    boolean isEmpty() {
        return size == 0;
    }

    int bestRank() {
        return (int) (entries[0] >>> 32);
    }

    void push(int rank, int place) {
        if (size == entries.length) {
            entries = Arrays.copyOf(entries, 2 * size);
        }
        long entry = (long) rank << 32 | place;
        int at = size++;
        while (at > 0 && entries[(at - 1) / 2] > entry) {
            entries[at] = entries[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        entries[at] = entry;
    }

    /// Takes the best pair away and says its place.
    int pop() {
        int place = (int) entries[0];
        long last = entries[--size];
        int at = 0;
        int child = 1;
        while (child < size) {
            if (child + 1 < size && entries[child + 1] < entries[child]) {
                child++;
            }
            if (entries[child] >= last) {
                break;
            }
            entries[at] = entries[child];
            at = child;
            child = 2 * at + 1;
        }
        entries[at] = last;
        return place;
    }
}
