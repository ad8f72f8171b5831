package io.stagecraft.model.checkpoint.huggingface;

/// Order of the outputs of the fused projection of queries, keys and values.
///
/// Megatron-LM, checkpoint version 2.0 and later, has q, k and v of head 0, then of head 1, and so
/// on; GPT-2 has all of q, all of k, all of v. Source: Hugging Face,
/// `convert_megatron_gpt2_checkpoint.py`, `fix_query_key_value_ordering`.
///
/// @param hiddenSize width of the model
/// @param headSize channels of one head
record ProjectionOrder(long hiddenSize, long headSize) {
    /// Place in GPT-2's order of output `row` of Megatron-LM's.
    long toBlocks(long row) {
        long head = row / (3 * headSize);
        long which = row % (3 * headSize) / headSize;
        return which * hiddenSize + head * headSize + row % headSize;
    }

    /// Place in Megatron-LM's order of output `row` of GPT-2's.
    long toHeads(long row) {
        long which = row / hiddenSize;
        long head = row % hiddenSize / headSize;
        return head * 3 * headSize + which * headSize + row % headSize;
    }
}
