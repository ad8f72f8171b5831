package io.stagecraft.actors.megatron;

import io.stagecraft.actors.config.ConfigFault;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The values of a command line as numbers and texts. What is missing or malformed is noted and a
/// stand-in given, so that the search for faults goes on.
final class GivenValues {
    static final String MISSING = "(missing)";

    private final MegatronCommandLine line;
    private final MegatronArguments known;
    private final List<ConfigFault> faults = new ArrayList<>();
    private final Set<String> asked = new TreeSet<>();

    GivenValues(MegatronCommandLine line, MegatronArguments known) {
        this.line = line;
        this.known = known;
    }

    /// In the order in which they were found.
    List<ConfigFault> faults() {
        return List.copyOf(faults);
    }

    /// Names of the arguments that were asked for, given or not.
    Set<String> asked() {
        return Set.copyOf(asked);
    }

    /// Whether the argument was given.
    boolean has(String name) {
        if (known.find(name).isEmpty()) {
            throw new IllegalArgumentException("the table of arguments has no " + name);
        }
        asked.add(name);
        return line.has(name);
    }

    /// The value as written, or `otherwise`.
    String text(String name, String otherwise) {
        return has(name) ? String.join(" ", line.values().get(name)) : otherwise;
    }

    /// All values as written; none if it was not given.
    List<String> texts(String name) {
        return has(name) ? line.values().get(name) : List.of();
    }

    /// The value as written. It is a fault if there is none.
    String required(String name, String standIn) {
        if (!has(name) && !isFaulty(name)) {
            fault(
                    name,
                    MISSING,
                    "must be given: " + known.find(name).orElseThrow().words());
        }
        return text(name, standIn);
    }

    /// A whole number of at least `least`, or `otherwise`.
    long whole(String name, long least, long otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        String text = text(name, "");
        try {
            long number = Long.parseLong(text);
            if (number >= least && number <= Integer.MAX_VALUE) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Below.
        }
        fault(name, text, "must be a whole number of at least " + least + " and at most " + Integer.MAX_VALUE);
        return otherwise;
    }

    /// A number in `[0, most]`, or `otherwise`.
    double share(String name, double most, double otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        String text = text(name, "");
        try {
            double number = Double.parseDouble(text);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException _) {
            // Below.
        }
        fault(name, text, "must be a number in [0, " + most + "]");
        return otherwise;
    }

    private boolean isFaulty(String name) {
        return line.faults().stream().anyMatch(it -> it.key().equals(name));
    }

    /// Notes a fault of an argument that was given.
    void fault(String name, String rule) {
        fault(name, text(name, ""), rule);
    }

    private void fault(String name, String value, String rule) {
        faults.add(new ConfigFault(name, value, rule, "", MegatronCommandLine.PLACE));
    }

    /// As it was written, for messages: `--lr 0.1`; a default with its name.
    String shown(String name) {
        return has(name)
                ? line.shown(name)
                : name + ", by default " + known.find(name).orElseThrow().defaultValue();
    }
}
