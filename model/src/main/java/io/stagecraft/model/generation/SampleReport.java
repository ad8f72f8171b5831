package io.stagecraft.model.generation;

import io.stagecraft.model.text.WordList;
import java.util.Locale;

/// How much of a generated text is made of words of the corpus: a first look at whether a model has
/// learnt to spell.
///
/// @param count words of the text, without one that its end may have cut
public record SampleReport(WordList.Count count) {
    /// Counts the words of `generated` that are in `words`. A word that reaches to the end is left
    /// out.
    public static SampleReport of(String generated, WordList words) {
        int end = generated.length();
        while (end > 0 && isInsideWord(generated.codePointBefore(end))) {
            end -= Character.charCount(generated.codePointBefore(end));
        }
        return new SampleReport(words.count(generated.substring(0, end)));
    }

    private static boolean isInsideWord(int codePoint) {
        return Character.isLetter(codePoint) || codePoint == '\'' || codePoint == 0x2019;
    }

    /// Known words over words.
    public double share() {
        return count.share();
    }

    /// One line for people.
    public String describe() {
        return String.format(
                Locale.ROOT,
                "%d of %d words (%.1f %%) are words of the corpus",
                count.numKnown(),
                count.numWords(),
                100 * share());
    }
}
