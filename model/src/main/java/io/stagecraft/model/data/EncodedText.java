package io.stagecraft.model.data;

import io.stagecraft.model.text.Corpus;
import io.stagecraft.model.text.Tokenizer;

/// A text as tokens, and how long it was before.
///
/// @param source where it comes from, for people
/// @param numDocuments documents
/// @param numCharacters Unicode characters, one more for the end of each document
/// @param tokens the tokens
public record EncodedText(String source, long numDocuments, long numCharacters, TokenStream tokens) {
    /// All documents of `corpus`.
    public static EncodedText of(Corpus corpus, Tokenizer tokenizer) {
        return new EncodedText(
                corpus.source(), corpus.documents().size(), corpus.numCharacters(), TokenStream.of(corpus, tokenizer));
    }
}
