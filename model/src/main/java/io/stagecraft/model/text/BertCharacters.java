package io.stagecraft.model.text;

/// Kinds of characters as BERT's tokenizer sees them.
///
/// - Source: Google's BERT, `tokenization.py`.
final class BertCharacters {
    private static final int REPLACEMENT = 0xFFFD;
    private static final int LINE_SEPARATOR = 0x2028;
    private static final int PARAGRAPH_SEPARATOR = 0x2029;

    private BertCharacters() {}

    /// Where words end: blanks, tabs, line ends and the separators of Unicode.
    static boolean isSpace(int c) {
        if (c < 0x80) {
            return c == ' ' || c == '\t' || c == '\n' || c == '\r';
        }
        return c == LINE_SEPARATOR || c == PARAGRAPH_SEPARATOR || Character.getType(c) == Character.SPACE_SEPARATOR;
    }

    /// What is left out of a text; not asked for white space.
    static boolean isDropped(int c) {
        int type = Character.getType(c);
        return c == REPLACEMENT || type == Character.CONTROL || type == Character.FORMAT;
    }

    /// Every mark of ASCII, also those that Unicode calls symbols, and Unicode's punctuation.
    static boolean isPunctuation(int c) {
        if (c < 0x80) {
            return c > ' ' && c < 0x7F && !Character.isLetterOrDigit(c);
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION -> true;
            default -> false;
        };
    }

    /// The blocks of CJK ideographs, each of which is a word.
    static boolean isIdeograph(int c) {
        return c >= 0x3400
                && (c <= 0x4DBF
                        || c >= 0x4E00 && c <= 0x9FFF
                        || c >= 0xF900 && c <= 0xFAFF
                        || c >= 0x20000 && c <= 0x2A6DF
                        || c >= 0x2A700 && c <= 0x2CEAF
                        || c >= 0x2F800 && c <= 0x2FA1F);
    }
}
