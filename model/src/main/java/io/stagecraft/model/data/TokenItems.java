package io.stagecraft.model.data;

import java.nio.file.Path;

/// Tokens in numbered items, as a Megatron-LM indexed dataset has them: for GPT an item is a
/// document.
///
/// - Thread: any, several at once; nothing is allocated.
public interface TokenItems extends AutoCloseable {
    /// Number of items.
    long numItems();

    /// Tokens of `item`.
    int length(long item);

    /// `into[offset + i]` = token `from + i` of `item`, for `i < num`.
    void copy(long item, long from, int num, int[] into, int offset);

    @Override
    void close();

    /// Opens the items that lie under a path prefix: the path of the files without `.bin` and
    /// `.idx`.
    @FunctionalInterface
    interface Opener {
        /// The items of `prefix`; the caller closes them.
        TokenItems open(Path prefix);
    }
}
