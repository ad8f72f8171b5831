package io.stagecraft.model.text;

import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// The different words of a text. A word is a longest run of letters, with apostrophes inside but
/// not at its ends; upper and lower case are the same.
public final class WordList {
    private final Set<String> words;

    private WordList(Set<String> words) {
        this.words = words;
    }

    /// How many words of a text there are, and how many of them are known.
    ///
    /// @param numWords words
    /// @param numKnown those that are in the list
    public record Count(int numWords, int numKnown) {
        /// `numKnown / numWords`, 0 for a text without words.
        public double share() {
            return numWords == 0 ? 0 : (double) numKnown / numWords;
        }
    }

    /// The words of `documents`.
    public static WordList of(Collection<String> documents) {
        var words = new HashSet<String>();
        documents.forEach(document -> forEachWord(document, words::add));
        return new WordList(words);
    }

    /// The words of [#toLines].
    public static WordList ofLines(String lines) {
        return new WordList(lines.lines().collect(Collectors.toSet()));
    }

    /// The words in their order, a line each.
    public String toLines() {
        return words.stream().sorted().collect(Collectors.joining("\n"));
    }

    /// Number of different words.
    public int size() {
        return words.size();
    }

    /// Whether `word` is one of them.
    public boolean contains(String word) {
        return words.contains(word.toLowerCase(Locale.ROOT));
    }

    /// Counts the words of `text`, each as often as it occurs.
    public Count count(String text) {
        int[] counts = new int[2];
        forEachWord(text, word -> {
            counts[0]++;
            counts[1] += words.contains(word) ? 1 : 0;
        });
        return new Count(counts[0], counts[1]);
    }

    private static void forEachWord(String text, Consumer<String> action) {
        int start = 0;
        while (start < text.length()) {
            int end = wordEnd(text, start);
            if (end > start) {
                action.accept(text.substring(start, end).toLowerCase(Locale.ROOT));
            }
            start = end > start ? end : start + Character.charCount(text.codePointAt(start));
        }
    }

    private static int wordEnd(String text, int start) {
        int end = start;
        int at = start;
        while (at < text.length()) {
            int c = text.codePointAt(at);
            boolean apostropheInside = at == end && end > start && (c == '\'' || c == 0x2019);
            if (!Character.isLetter(c) && !apostropheInside) {
                break;
            }
            at += Character.charCount(c);
            end = apostropheInside ? end : at;
        }
        return end;
    }
}
