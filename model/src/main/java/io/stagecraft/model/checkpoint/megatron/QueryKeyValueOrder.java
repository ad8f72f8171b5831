package io.stagecraft.model.checkpoint.megatron;

/// Where the rows of the fused projection lie on one tensor rank.
///
/// A run has for each head its query, key and value rows, as Megatron-LM since 2.0. Source:
/// Megatron-LM, `megatron/checkpointing.py`, `fix_query_key_value_ordering`.
///
/// @param layout how the file has them
/// @param localHeads heads of the rank
/// @param headSize channels of a head
record QueryKeyValueOrder(Layout layout, long localHeads, long headSize) {
    /// Nesting of the rows, slowest first.
    enum Layout {
        /// Head, query-key-value, channel: version 2.0 and 3.0.
        BY_HEAD,
        /// Query-key-value, head, channel: version 0.
        BY_KIND,
        /// Head, channel, query-key-value: version 1.0.
        INTERLEAVED;

        /// Of a file of `version`.
        static Layout of(CheckpointVersion version) {
            return switch (version) {
                case V0 -> BY_KIND;
                case V1 -> INTERLEAVED;
                case V2, V3 -> BY_HEAD;
            };
        }
    }

    /// Row in the file of the run's row `row`.
    long source(long row) {
        long head = row / (3 * headSize);
        long kind = row / headSize % 3;
        long channel = row % headSize;
        return switch (layout) {
            case BY_HEAD -> row;
            case BY_KIND -> (kind * localHeads + head) * headSize + channel;
            case INTERLEAVED -> (head * headSize + channel) * 3 + kind;
        };
    }
}
