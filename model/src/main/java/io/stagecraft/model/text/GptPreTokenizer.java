package io.stagecraft.model.text;

/// Cuts text where GPT-2 does, before bytes are merged: contractions, words, numbers, other
/// characters, each with one blank in front if there is one, and white space.
///
/// Equal to matching `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
/// again and again, in time linear in the text.
///
/// - Source: GPT-2's `encoder.py`.
final class GptPreTokenizer {
    private static final byte OTHER = 0;
    private static final byte LETTER = 1;
    private static final byte NUMBER = 2;
    private static final byte SPACE = 3;

    private final byte[] kinds = new byte[Character.MAX_VALUE + 1];

    GptPreTokenizer() {
        for (int c = 0; c < kinds.length; c++) {
            kinds[c] = kindOf(c);
        }
    }

    private static byte kindOf(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER -> LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            case Character.CONTROL -> codePoint >= '\t' && codePoint <= '\r' || codePoint == 0x85 ? SPACE : OTHER;
            default -> OTHER;
        };
    }

    /// Where the piece that begins at `from`, which is within `text`, ends.
    int end(String text, int from) {
        char first = text.charAt(from);
        if (first == '\'') {
            int length = contraction(text, from);
            if (length > 0) {
                return from + length;
            }
        }
        int start = first == ' ' && from + 1 < text.length() ? from + 1 : from;
        byte kind = kind(text, start);
        if (kind != SPACE) {
            return runEnd(text, start, kind);
        }
        int end = runEnd(text, from, SPACE);
        // The last of several blanks belongs to the word behind it.
        return end < text.length() && end - from > 1 ? end - 1 : end;
    }

    private int runEnd(String text, int from, byte kind) {
        int at = from;
        while (at < text.length() && kind(text, at) == kind) {
            at += Character.isSurrogate(text.charAt(at)) ? Character.charCount(text.codePointAt(at)) : 1;
        }
        return at;
    }

    private byte kind(String text, int at) {
        char c = text.charAt(at);
        return Character.isHighSurrogate(c) ? kindOf(text.codePointAt(at)) : kinds[c];
    }

    /// Characters of the contraction at the apostrophe `at`; 0 if there is none.
    private static int contraction(String text, int at) {
        if (at + 1 >= text.length()) {
            return 0;
        }
        char second = text.charAt(at + 1);
        if (second == 's' || second == 't' || second == 'm' || second == 'd') {
            return 2;
        }
        char third = at + 2 < text.length() ? text.charAt(at + 2) : ' ';
        boolean three = third == 'e' ? second == 'r' || second == 'v' : third == 'l' && second == 'l';
        return three ? 3 : 0;
    }
}
