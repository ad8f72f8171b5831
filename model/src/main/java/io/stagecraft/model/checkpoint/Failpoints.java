package io.stagecraft.model.checkpoint;

import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Is told of each [Failpoint] as a save passes it. For tests; a run has [#none].
@FunctionalInterface
public interface Failpoints {
    /// Exit code of a JVM that [#of] halts.
    int HALTED = 86;

    /// The save has come to `point`. What this throws, the operation before it threw.
    void reached(Failpoint point) throws IOException;

    /// Nothing happens anywhere.
    static Failpoints none() {
        return _ -> {};
    }

    /// Halts the JVM, as `kill -9` would, at the point that `setting` names: `folder-renamed`, or
    /// `folder-renamed:3` for the third time that a save comes there. Nothing happens if it is
    /// empty.
    ///
    /// - Errors: [IllegalArgumentException] with all names if there is no such point.
    static Failpoints of(String setting) {
        if (setting.isEmpty()) {
            return none();
        }
        Matcher parts = Pattern.compile("([a-z-]+)(?::([1-9][0-9]{0,5}))?").matcher(setting);
        Failpoint wanted = (parts.matches() ? Failpoint.named(parts.group(1)) : Failpoint.named(""))
                .orElseThrow(
                        () -> new IllegalArgumentException("must be empty or NAME or NAME:COUNT with one of the names "
                                + Arrays.stream(Failpoint.values())
                                        .map(Failpoint::key)
                                        .toList()
                                + " but is " + CheckpointFormatException.printable(setting)));
        var left = new AtomicInteger(setting.contains(":") ? Integer.parseInt(parts.group(2)) : 1);
        return point -> {
            if (point == wanted && left.decrementAndGet() == 0) {
                Runtime.getRuntime().halt(HALTED);
            }
        };
    }
}
