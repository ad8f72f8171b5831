package io.stagecraft.actors.config;

import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/// What somebody may have meant by a name that does not exist.
public final class Spelling {
    private Spelling() {}

    /// The one of `names` that differs from `given` in the fewest letters, if it differs in few.
    public static Optional<String> nearest(String given, Stream<String> names) {
        int allowed = Math.max(2, given.length() / 3);
        return names.filter(name -> distance(given, name) <= allowed)
                .min(Comparator.comparingInt(name -> distance(given, name)));
    }

    /// Levenshtein's distance: insertions, deletions and replacements.
    static int distance(String from, String to) {
        int[] previous = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int[] current = new int[to.length() + 1];
            current[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int replace = previous[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(replace, 1 + Math.min(previous[j], current[j - 1]));
            }
            previous = current;
        }
        return previous[to.length()];
    }
}
