package io.stagecraft.model.data;

import java.util.Arrays;

/// Items in memory.
record ArrayItems(int[]... items) implements TokenItems {
    /// Items of these sizes, whose tokens count on from item to item.
    static ArrayItems ofSizes(int... sizes) {
        var items = new int[sizes.length][];
        int token = 0;
        for (int i = 0; i < sizes.length; i++) {
            items[i] = new int[sizes[i]];
            for (int j = 0; j < sizes[i]; j++) {
                items[i][j] = token++;
            }
        }
        return new ArrayItems(items);
    }

    @Override
    public long numItems() {
        return items.length;
    }

    @Override
    public int length(long item) {
        return items[(int) item].length;
    }

    @Override
    public void copy(long item, long from, int num, int[] into, int offset) {
        System.arraycopy(items[(int) item], (int) from, into, offset, num);
    }

    @Override
    public void close() {
        Arrays.fill(items, new int[0]);
    }
}
