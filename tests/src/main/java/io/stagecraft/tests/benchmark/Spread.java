package io.stagecraft.tests.benchmark;

import java.util.List;
import java.util.Locale;

/// The middle and the ends of a sample.
///
/// @param median middle value, or the mean of the two in the middle
/// @param min smallest value
/// @param max largest value
public record Spread(double median, double min, double max) {
    /// - Errors: [IllegalArgumentException] if there are no values.
    public static Spread of(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("a spread needs at least one value");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int size = sorted.size();
        double median = (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
        return new Spread(median, sorted.getFirst(), sorted.getLast());
    }

    /// `median [min-max]`, each in the form `number`.
    String text(String number) {
        return String.format(Locale.ROOT, number + " [" + number + "-" + number + "]", median, min, max);
    }
}
