package io.stagecraft.model.text;

import java.util.List;

/// Text to train on: documents in a fixed order. Lines end in `\n`; what separates documents is the
/// tokenizer's business and not part of them.
///
/// @param source where it comes from, for people: a file, a folder with its number of files, a name
/// @param documents the texts
public record Corpus(String source, List<String> documents) {
    public Corpus {
        documents = List.copyOf(documents);
    }

    /// Unicode characters of all documents, one more for the end of each.
    public long numCharacters() {
        long sum = documents.size();
        for (String document : documents) {
            sum += document.codePointCount(0, document.length());
        }
        return sum;
    }

    /// The different words of all documents.
    public WordList words() {
        return WordList.of(documents);
    }
}
