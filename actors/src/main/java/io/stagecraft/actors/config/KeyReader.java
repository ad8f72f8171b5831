package io.stagecraft.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigValueType;
import io.stagecraft.model.checkpoint.Failpoints;
import io.stagecraft.model.data.DataPath;
import io.stagecraft.model.data.DocumentSplit;
import io.stagecraft.model.data.WeightedPath;
import java.math.BigDecimal;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads settings by key and type. A fault is noted and the default is given instead, so that
/// reading goes on and every fault is found.
final class KeyReader {
    private static final Pattern STEPS = Pattern.compile("(multiple of )?([0-9]{1,18})\\s*steps?");

    private final Config settings;
    private final Config defaults;
    private final Origins origins;
    private final Places places;
    private final List<ConfigFault> faults = new ArrayList<>();
    private final Set<String> faultyKeys = new HashSet<>();
    private final Set<String> keys = new LinkedHashSet<>();

    /// Both configurations are resolved and without the root; `defaults` has every key.
    KeyReader(Config settings, Config defaults, Origins origins, Places places) {
        this.settings = settings;
        this.origins = origins;
        this.defaults = defaults;
        this.places = places;
    }

    /// In the order in which the keys were read.
    List<ConfigFault> faults() {
        return List.copyOf(faults);
    }

    /// Every key that was read, in the order of reading.
    List<String> keys() {
        return List.copyOf(keys);
    }

    /// Whether the default stands in for the value of `key`.
    boolean isFaulty(String key) {
        return faultyKeys.contains(key);
    }

    /// A whole number of 32 bits.
    int integer(String key, Range range) {
        return Math.toIntExact(whole(key, range, Integer.MAX_VALUE));
    }

    /// A whole number of 64 bits.
    long longInteger(String key, Range range) {
        return whole(key, range, Long.MAX_VALUE);
    }

    private long whole(String key, Range range, long largest) {
        BigDecimal value = decimal(key, range, "a whole number ");
        try {
            long number = value.longValueExact();
            if (number <= largest) {
                return number;
            }
        } catch (ArithmeticException _) {
            // Below: not whole or too large.
        }
        fault(key, "must be a whole number " + range.words() + " and at most " + largest);
        return defaults.getLong(key);
    }

    /// A number of double precision.
    double number(String key, Range range) {
        return decimal(key, range, "a number ").doubleValue();
    }

    private BigDecimal decimal(String key, Range range, String kind) {
        try {
            var value = new BigDecimal(string(key).strip());
            if (range.allows(value.doubleValue())) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Below.
        }
        fault(key, "must be " + kind + range.words());
        return new BigDecimal(defaults.getString(key));
    }

    /// A number of samples, which need not be whole, or a share of `whole` as in `10 %`.
    double samples(String key, long whole) {
        String text = string(key).strip();
        if (!text.endsWith("%")) {
            return text.matches("[0-9.eE+-]+") ? number(key, Range.NOT_NEGATIVE) : share(key, text, whole);
        }
        return share(key, text.substring(0, text.length() - 1).strip(), whole);
    }

    private long share(String key, String percent, long whole) {
        if (percent.matches("[0-9]{1,3}(\\.[0-9]+)?")) {
            return Math.round(whole * Double.parseDouble(percent) / 100);
        }
        fault(key, "must be a number of samples at least 0, or a share of the decay as in 10 %");
        return 0;
    }

    /// Bytes: a number, or one with a unit as in `64 KiB`; a power of two in `[least, most]`.
    int powerOfTwoBytes(String key, int least, int most) {
        keys.add(key);
        long bytes = -1;
        try {
            bytes = settings.getBytes(key);
        } catch (ConfigException _) {
            // Below.
        }
        if (bytes >= least && bytes <= most && Long.bitCount(bytes) == 1) {
            return Math.toIntExact(bytes);
        }
        long below = Math.clamp(Long.highestOneBit(Math.max(1, bytes)), least, most);
        String nearest = bytes < 0 ? "" : "nearest: " + key + " = " + below;
        if (bytes > below && below < most) {
            nearest += " or " + 2 * below;
        }
        fault(key, "must be a power of two, in bytes, in [" + least + ", " + most + "]", nearest);
        return Math.toIntExact(defaults.getBytes(key));
    }

    /// A time of at least 0, as `8 s` or `2h`.
    Duration time(String key) {
        keys.add(key);
        try {
            Duration time = settings.getDuration(key);
            if (!time.isNegative() && hasUnit(string(key))) {
                return time;
            }
        } catch (ConfigException _) {
            // Below.
        }
        fault(key, "must be a time of at least 0 with its unit, as 8 s or 2h");
        return defaults.getDuration(key);
    }

    /// A number alone would count as milliseconds, where somebody may have meant steps or seconds.
    private static boolean hasUnit(String text) {
        return text.chars().anyMatch(Character::isLetter);
    }

    /// `never`, a number of steps as in `1000 steps`, or a time as in `2h`.
    ExitAfter exitAfter(String key) {
        String text = string(key).strip();
        Matcher steps = STEPS.matcher(text);
        try {
            if (text.equals("never")) {
                return new ExitAfter.Never();
            }
            if (!steps.matches() && hasUnit(text)) {
                return new ExitAfter.Elapsed(settings.getDuration(key));
            }
            long number = steps.matches() ? Long.parseLong(steps.group(2)) : 0; // 0 is refused
            return text.startsWith("multiple") ? new ExitAfter.Multiple(number) : new ExitAfter.Steps(number);
        } catch (ConfigException | IllegalArgumentException _) {
            fault(
                    key,
                    "must be never, steps as in 1000 steps or multiple of 1000 steps, or a time with its unit as in 2h");
            return new ExitAfter.Never();
        }
    }

    /// Text that is not empty.
    String name(String key) {
        String text = string(key);
        if (text.isBlank()) {
            fault(key, "must not be empty");
            return defaults.getString(key);
        }
        return text;
    }

    /// Any text.
    String text(String key) {
        return string(key);
    }

    /// What [Failpoints#of] takes.
    String failpoint(String key) {
        String text = string(key).strip();
        try {
            Failpoints.of(text);
            return text;
        } catch (IllegalArgumentException e) {
            fault(key, String.valueOf(e.getMessage()));
            return "";
        }
    }

    /// A file or folder; relative ones start at the working directory.
    Path path(String key) {
        try {
            return places.workingDirectory().resolve(name(key)).normalize();
        } catch (InvalidPathException _) {
            fault(key, "must be a path");
            return places.workingDirectory();
        }
    }

    /// `word`, or a file or folder.
    String wordOrPath(String key, Set<String> words) {
        String text = name(key);
        return words.contains(text) || isFaulty(key) ? text : path(key).toString();
    }

    /// `on` or `off`, as HOCON has them.
    boolean flag(String key) {
        return choice(key, Map.of("on", true, "true", true, "off", false, "false", false));
    }

    /// Data sets in Megatron-LM's format: a list of one prefix, or of weight, prefix, weight,
    /// prefix; one text is a list of one.
    DataPath dataPath(String key) {
        List<String> words = words(key);
        try {
            return switch (words.size()) {
                case 0 -> new DataPath.None();
                case 1 -> new DataPath.Single(resolved(words.getFirst()));
                default -> blend(words);
            };
        } catch (IllegalArgumentException e) {
            fault(key, "must be a list of one prefix, or of weights and prefixes in turn: " + e.getMessage());
            return new DataPath.None();
        }
    }

    private DataPath blend(List<String> words) {
        if (words.size() % 2 != 0) {
            throw new IllegalArgumentException("there are " + words.size() + " words");
        }
        var paths = new ArrayList<WeightedPath>();
        for (int i = 0; i < words.size(); i += 2) {
            paths.add(new WeightedPath(Double.parseDouble(words.get(i)), resolved(words.get(i + 1))));
        }
        return new DataPath.Blend(paths);
    }

    private List<String> words(String key) {
        keys.add(key);
        try {
            return settings.getValue(key).valueType() == ConfigValueType.LIST
                    ? settings.getStringList(key)
                    : List.of(settings.getString(key));
        } catch (ConfigException _) {
            fault(key, "must be a list of texts");
            return List.of();
        }
    }

    private Path resolved(String text) {
        return places.workingDirectory().resolve(text).normalize();
    }

    /// Shares of training, validation and test documents.
    String split(String key) {
        String text = string(key).strip();
        try {
            DocumentSplit.of(text, 1);
            return text;
        } catch (IllegalArgumentException e) {
            fault(key, "must be up to three shares with commas, as 969, 30, 1: " + e.getMessage());
            return defaults.getString(key);
        }
    }

    /// Whether of two texts both are there or none; otherwise a fault of the first.
    boolean areTogether(String first, String second) {
        boolean together = string(first).isBlank() == string(second).isBlank();
        if (!together) {
            fault(first, "must be given together with " + second);
        }
        return together;
    }

    /// A file or folder, absolute; or empty.
    String optionalPath(String key) {
        String text = string(key);
        return text.isBlank() || isFaulty(key) ? "" : path(key).toString();
    }

    /// One of a few words; case does not matter.
    <E> E choice(String key, Map<String, E> choices) {
        String word = string(key).strip().toLowerCase(Locale.ROOT);
        if (choices.containsKey(word)) {
            return choices.get(word);
        }
        var words = choices.keySet().stream().sorted().toList();
        fault(key, "must be one of " + String.join(", ", words));
        return choices.get(defaults.getString(key));
    }

    private String string(String key) {
        keys.add(key);
        try {
            return settings.getString(key);
        } catch (ConfigException _) {
            fault(key, "must be a single value");
            return defaults.getString(key);
        }
    }

    private void fault(String key, String rule) {
        fault(key, rule, "");
    }

    private void fault(String key, String rule, String nearest) {
        // A key that is written nowhere belongs to a group that is no group, which is a fault of its own.
        if (faultyKeys.add(key) && origins.written(key).isPresent()) {
            faults.add(new ConfigFault(key, shown(key), rule, nearest, where(key)));
        }
    }

    /// The value as it was written.
    String shown(String key) {
        return origins.written(key).map(KnownKeys::shown).orElse("");
    }

    /// Where the value was written, in short.
    String where(String key) {
        return origins.of(key).map(places::shortly).orElse("nowhere");
    }
}
