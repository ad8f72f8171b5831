package io.stagecraft.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.util.ArrayList;
import java.util.List;

/// `key=value` arguments of the command line as one layer of configuration.
final class Overrides {
    private final KnownKeys known;
    private final List<ConfigFault> faults = new ArrayList<>();

    Overrides(KnownKeys known) {
        this.known = known;
    }

    /// What is wrong with the arguments read so far.
    List<ConfigFault> faults() {
        return List.copyOf(faults);
    }

    /// All arguments; the later one wins. Faulty ones are left out.
    Config read(List<String> arguments) {
        Config config = ConfigFactory.empty(Places.COMMAND_LINE);
        for (String argument : arguments) {
            config = read(argument).withFallback(config);
        }
        return config;
    }

    private Config read(String argument) {
        int equals = argument.indexOf('=');
        if (equals < 1) {
            faults.add(fault(argument, "", "an argument must have the form key=value"));
            return ConfigFactory.empty();
        }
        String key = argument.substring(0, equals).strip();
        String value = argument.substring(equals + 1);
        try {
            String path = rooted(key);
            return ConfigFactory.empty().withValue(path, value(path, value));
        } catch (ConfigException.BadPath _) {
            faults.add(fault(key, value, "a key must be names with dots between them, as train.train-iters"));
            return ConfigFactory.empty();
        }
    }

    private static String rooted(String key) {
        String first = ConfigUtil.splitPath(key).getFirst();
        return first.equals(KnownKeys.ROOT) || first.equals(KnownKeys.AKKA) ? key : KnownKeys.ROOT + "." + key;
    }

    /// Numbers, choices and groups are HOCON. Text and paths are taken as they stand, since a path
    /// may hold what HOCON forbids or reads as a comment; quotes around it and substitutions still
    /// work.
    private ConfigValue value(String path, String value) {
        String text = value.strip();
        boolean quoted = text.length() > 1 && text.startsWith("\"") && text.endsWith("\"");
        boolean written = quoted || text.contains("${");
        if (known.isText(path) && !written) {
            return literal(value);
        }
        try {
            var options = ConfigParseOptions.defaults().setOriginDescription(Places.COMMAND_LINE);
            return ConfigFactory.parseString("value = " + value, options).root().get("value");
        } catch (ConfigException.Parse _) {
            return literal(value);
        }
    }

    private static ConfigValue literal(String value) {
        return ConfigValueFactory.fromAnyRef(value, Places.COMMAND_LINE);
    }

    private static ConfigFault fault(String key, String value, String rule) {
        return new ConfigFault(key, value, rule, "", Places.COMMAND_LINE);
    }
}
