package io.stagecraft.model.evaluation;

/// White space as Python's `str` has it, which is neither all nor only what Java's `String` takes
/// for it.
///
/// - Source: Python's documentation of `str.isspace`.
final class PythonText {
    private PythonText() {}

    /// Whether `str.split` and `str.strip` take `c` for white space.
    static boolean isSpace(char c) {
        boolean isControl = c >= 0x09 && c <= 0x0d || c >= 0x1c && c <= 0x1f || c == 0x85;
        return isControl || Character.isSpaceChar(c);
    }

    /// `text.strip()`.
    static String strip(String text) {
        int from = 0;
        while (from < text.length() && isSpace(text.charAt(from))) {
            from++;
        }
        return text.substring(from, Math.max(from, end(text)));
    }

    /// `text.split()[-1]`; empty if there is no word.
    static String lastWord(String text) {
        int end = end(text);
        int start = end;
        while (start > 0 && !isSpace(text.charAt(start - 1))) {
            start--;
        }
        return text.substring(start, end);
    }

    private static int end(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }
}
