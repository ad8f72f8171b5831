package io.stagecraft.actors.config;

/// Text from files and arguments, made fit for a terminal: no control characters, bounded length.
final class Printable {
    private static final int LONGEST = 200;

    private Printable() {}

    /// One line: control and format characters become spaces, what is too long is cut.
    static String line(String text) {
        String clean = text.replaceAll("[\\p{Cntrl}\\p{Cf}]", " ").strip();
        return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST) + " ...";
    }

    /// As [#line], with quotes where nothing would be seen otherwise.
    static String quoted(String value) {
        String clean = line(value);
        return clean.isEmpty() ? "\"\"" : clean;
    }
}
