package io.stagecraft.model.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
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

    /// The items of a trusted `.bin`/`.idx` pair of unsigned 16-bit tokens.
    static ArrayItems read(Path prefix) {
        try {
            ByteBuffer index = little(Path.of(prefix + ".idx"));
            ByteBuffer tokens = little(Path.of(prefix + ".bin"));
            var items = new int[(int) index.getLong(18)][];
            for (int i = 0; i < items.length; i++) {
                items[i] = new int[index.getInt(34 + 4 * i)];
                for (int j = 0; j < items[i].length; j++) {
                    items[i][j] = Short.toUnsignedInt(tokens.getShort());
                }
            }
            return new ArrayItems(items);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ByteBuffer little(Path path) throws IOException {
        return ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
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
