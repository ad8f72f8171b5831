package io.stagecraft.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The settings there are: those with a default in `reference.conf`, below the root `stagecraft`.
final class KnownKeys {
    /// Root of all settings.
    static final String ROOT = "stagecraft";

    /// Root of Akka's own settings, which Akka checks.
    static final String AKKA = "akka";

    /// Dispatchers are configured under our root, but in Akka's terms.
    private static final String DISPATCHER = "-dispatcher";

    private final Set<String> keys = new TreeSet<>();
    private final Set<String> groups = new TreeSet<>();
    private final Set<String> texts = new TreeSet<>();

    /// Takes the keys of the defaults, resolved.
    static KnownKeys of(Config reference) {
        var known = new KnownKeys();
        for (Map.Entry<String, ConfigValue> entry : reference.getConfig(ROOT).entrySet()) {
            String key = entry.getKey();
            if (!key.contains(DISPATCHER + ".")) {
                known.add(key, entry.getValue());
            }
        }
        return known;
    }

    private void add(String key, ConfigValue value) {
        keys.add(key);
        groups.add(key.substring(0, Math.max(0, key.lastIndexOf('.'))));
        if (value.valueType() == ConfigValueType.STRING) {
            texts.add(ROOT + "." + key);
        }
    }

    /// Every key, without the root.
    Set<String> keys() {
        return Set.copyOf(keys);
    }

    /// Whether the key, given with its root, holds text, a path or a choice.
    boolean isText(String rootedKey) {
        return texts.contains(rootedKey);
    }

    /// The settings in `all` that do not exist, and groups that are not groups.
    ///
    /// @param roots those of `all` that the user wrote; the others are the libraries' own
    List<ConfigFault> strangers(ConfigObject all, Set<String> roots, Places places) {
        var faults = new ArrayList<ConfigFault>();
        roots.forEach(name -> {
            ConfigValue value = all.getOrDefault(name, all);
            if (name.equals(ROOT) && value instanceof ConfigObject settings) {
                search(settings, "", places, faults);
            } else if (name.equals(ROOT)) {
                faults.add(fault(name, value, "must be a group of settings, { ... }", places));
            } else if (!name.equals(AKKA)) {
                String nearest = isGroup(name) ? "did you mean " + ROOT + "." + name + "?" : "";
                faults.add(new ConfigFault(
                        name,
                        shown(value),
                        "unknown key: the roots are stagecraft and akka",
                        nearest,
                        places.shortly(value.origin())));
            }
        });
        faults.sort(Comparator.comparing(ConfigFault::key));
        return faults;
    }

    private void search(ConfigObject object, String prefix, Places places, List<ConfigFault> faults) {
        object.forEach((name, value) -> {
            String key = prefix + name;
            if (keys.contains(key) || key.endsWith(DISPATCHER)) {
                return;
            }
            if (!isGroup(key) && value instanceof ConfigObject group && !group.isEmpty()) {
                search(group, key + ".", places, faults); // what is in it was meant
            } else if (!isGroup(key)) {
                String nearest =
                        nearest(key).map(it -> "did you mean " + it + "?").orElse("");
                faults.add(new ConfigFault(key, shown(value), "unknown key", nearest, places.shortly(value.origin())));
            } else if (value instanceof ConfigObject group) {
                search(group, key + ".", places, faults);
            } else {
                faults.add(fault(key, value, "must be a group of settings, { ... }", places));
            }
        });
    }

    private boolean isGroup(String key) {
        return groups.contains(key);
    }

    private static ConfigFault fault(String key, ConfigValue value, String rule, Places places) {
        return new ConfigFault(key, shown(value), rule, "", places.shortly(value.origin()));
    }

    /// The value as a person would write it.
    static String shown(ConfigValue value) {
        return value instanceof ConfigObject ? "{ ... }" : String.valueOf(value.unwrapped());
    }

    /// The known key that needs the fewest changes, if it needs few. Underscores and camel case
    /// count as kebab case, and a name without its group is compared with names without theirs.
    Optional<String> nearest(String key) {
        String given =
                key.replaceAll("([a-z0-9])([A-Z])", "$1-$2").replace('_', '-').toLowerCase(Locale.ROOT);
        String most = given.substring(given.lastIndexOf('.') + 1);
        int allowed = Math.max(2, most.length() / 3);
        return keys.stream()
                .filter(known -> changes(given, known) <= allowed)
                .min(Comparator.<String>comparingInt(known -> changes(given, known))
                        .thenComparingInt(known -> Spelling.distance(given, known)));
    }

    private static int changes(String given, String known) {
        String givenName = given.substring(given.lastIndexOf('.') + 1);
        String knownName = known.substring(known.lastIndexOf('.') + 1);
        int otherGroup = given.contains(".") ? 1 : 0;
        return Math.min(Spelling.distance(given, known), Spelling.distance(givenName, knownName) + otherGroup);
    }
}
