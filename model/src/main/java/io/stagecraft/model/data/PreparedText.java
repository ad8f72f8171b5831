package io.stagecraft.model.data;

import io.stagecraft.model.text.CharacterTokenizer;
import io.stagecraft.model.text.Corpus;
import io.stagecraft.model.text.WordList;
import io.stagecraft.model.text.WordNetCorpus;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// A text in characters, ready for a run. The built-in one is kept in a file between runs: to read
/// it anew takes much of the time of a start.
///
/// @param tokenizer of the characters that are frequent enough
/// @param text as its tokens
/// @param words of the text, as [WordList#toLines]
public record PreparedText(CharacterTokenizer tokenizer, EncodedText text, String words) {
    /// What makes the tokens: other code asks for another file.
    private static final List<Class<?>> MAKERS = List.of(
            WordNetCorpus.class,
            Corpus.class,
            CharacterTokenizer.class,
            WordList.class,
            TokenStream.class,
            EncodedText.class,
            PreparedText.class,
            PreparedTextFile.class);

    /// The tokens and words of `corpus`, with the characters that occur at least `minOccurrences`
    /// times.
    static PreparedText of(Corpus corpus, int minOccurrences) {
        CharacterTokenizer tokenizer = CharacterTokenizer.of(corpus, minOccurrences);
        return new PreparedText(
                tokenizer, EncodedText.of(corpus, tokenizer), corpus.words().toLines());
    }

    /// [WordNetCorpus], from the file below `cacheFolder` that an earlier call left. If there is
    /// none, or it is damaged, the text is read and the file is written. Of several writers any
    /// wins.
    ///
    /// - Errors: [io.stagecraft.model.text.CorpusException] if the text cannot be read. A file that
    ///   is damaged or cannot be written is said to `remarks` in one line and costs time only.
    public static PreparedText wordNet(Path cacheFolder, int minOccurrences, Consumer<String> remarks) {
        Optional<String> checksum = new SourceChecksum()
                .addFiles(WordNetCorpus.files())
                .addClasses(MAKERS)
                .add(minOccurrences)
                .hex();
        if (checksum.isEmpty()) {
            return of(WordNetCorpus.read(), minOccurrences);
        }
        return new PreparedTextFolder(cacheFolder.toAbsolutePath(), remarks)
                .get(checksum.get(), () -> of(WordNetCorpus.read(), minOccurrences));
    }
}
