package io.stagecraft.model.data;

/// Sequences cut from a part of a token stream: window `w` has the tokens
/// `[first + w S, first + w S + S]`. Each token but the last few is an input once; neighbours share
/// one token, which is the target of one and an input of the other.
///
/// @param stream the tokens
/// @param first where the part begins
/// @param numTokens its length
/// @param sequenceLength S
record TokenWindows(TokenStream stream, long first, long numTokens, int sequenceLength) {
    /// Windows that fit.
    long numWindows() {
        return Math.max(0, (numTokens - 1) / sequenceLength);
    }

    /// Copies the tokens `[from, from + num)` of window `window`.
    void copy(long window, int from, int num, int[] into, int offset) {
        stream.copy(first + window * sequenceLength + from, num, into, offset);
    }
}
