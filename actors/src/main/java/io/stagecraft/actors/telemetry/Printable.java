package io.stagecraft.actors.telemetry;

import java.util.Locale;

/// Values made fit for a terminal. Text of peers, models and files may hold escape sequences that
/// would rule the terminal; none leaves here.
public final class Printable {
    private static final int LONGEST = 400;
    private static final String[] BYTE_UNITS = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private Printable() {}

    /// One line of bounded length: control and format characters become spaces.
    public static String line(String text) {
        String clean = text.replaceAll("[\\p{Cntrl}\\p{Cf}\\u2028\\u2029]", " ").strip();
        return clean.length() <= LONGEST ? clean : clean.substring(0, LONGEST) + " ...";
    }

    /// As [#line], with quotes where nothing would be seen otherwise.
    public static String visible(String value) {
        String clean = line(value);
        return clean.isEmpty() ? "\"\"" : clean;
    }

    /// Keeps line ends; every other control or format character becomes a space.
    public static String paragraph(String text) {
        return text.replaceAll("[\\p{Cntrl}\\p{Cf}&&[^\\n]]", " ");
    }

    /// Three digits and a binary unit: `1.57 MiB`.
    public static String bytes(long count) {
        double value = count;
        int unit = 0;
        while (value >= 999.5 && unit < BYTE_UNITS.length - 1) {
            value /= 1024;
            unit++;
        }
        int decimals = unit == 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
        return String.format(Locale.ROOT, "%." + decimals + "f %s", value, BYTE_UNITS[unit]);
    }

    /// `0:07`, `12:03`, `1:02:03`.
    public static String duration(double seconds) {
        long whole = Math.round(Math.max(0, seconds));
        long hours = whole / 3600;
        long minutes = whole / 60 % 60;
        return hours > 0
                ? String.format(Locale.ROOT, "%d:%02d:%02d", hours, minutes, whole % 60)
                : String.format(Locale.ROOT, "%d:%02d", minutes, whole % 60);
    }
}
