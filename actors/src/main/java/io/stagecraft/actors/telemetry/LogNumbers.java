package io.stagecraft.actors.telemetry;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/// Numbers as Python's `format` writes them: rounded from their exact binary value, halves to even.
final class LogNumbers {
    private LogNumbers() {}

    /// As `{:.3E}` with `digits` 3: `1.000E-03`.
    static String scientific(double value, int digits) {
        var rounded = new BigDecimal(value).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        return String.format(Locale.ROOT, "%." + digits + "E", rounded);
    }

    /// As `{:.3f}` with `digits` 3: `1.953`.
    static String fixed(double value, int digits) {
        return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }
}
