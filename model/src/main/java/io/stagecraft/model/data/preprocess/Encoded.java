package io.stagecraft.model.data.preprocess;

import java.util.List;

/// A batch as tokens.
sealed interface Encoded {
    /// Whole documents, for each key.
    ///
    /// @param keys in the order of the settings
    /// @param badLines that were left out
    record Documents(List<KeyTokens> keys, List<BadLine> badLines) implements Encoded {}

    /// A part of a document that is one item.
    ///
    /// @param ids tokens
    /// @param part whether the document goes on behind it
    record Piece(int[] ids, Part part) implements Encoded {}

    /// Where a piece is in its document.
    enum Part {
        MORE_FOLLOWS,
        LAST
    }
}
