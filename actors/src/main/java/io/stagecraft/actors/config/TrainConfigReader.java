package io.stagecraft.actors.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// The one place where configuration is read: the command line's `key=value` over the file over
/// `reference.conf`, as records, or every fault at once.
///
/// Paths come out absolute. Derived values are worked out here: `ffn-hidden-size = 0` becomes four
/// times the hidden size, `decay-samples = 0` the samples of the whole run, and a share such as
/// `10 %` a number of samples.
///
/// - Errors: none are thrown for a bad configuration; see [ConfigOutcome.Refused].
/// - Thread: any; an instance holds nothing that changes.
public final class TrainConfigReader {
    /// Akka's settings for a program of its own: below the user's file, above the libraries'
    /// defaults.
    private static final String LAUNCHER = "stagecraft-launcher.conf";

    /// Akka's settings without which the actors do not work.
    private static final String ACTOR_SYSTEM = "stagecraft-actor-system.conf";

    private final Function<StagecraftConfig, List<Breach>> planRules;

    /// Checks the settings alone.
    public TrainConfigReader() {
        this(_ -> List.of());
    }

    /// Also checks what only the caller knows, such as the machine's memory; asked when everything
    /// else is valid.
    public TrainConfigReader(Function<StagecraftConfig, List<Breach>> planRules) {
        this.planRules = planRules;
    }

    /// Reads and checks.
    public ConfigOutcome read(ConfigRequest request) {
        Config libraries = ConfigFactory.defaultReferenceUnresolved();
        Config reference = libraries.resolve();
        var places = new Places(request.workingDirectory());
        var known = KnownKeys.of(reference);
        var faults = new ArrayList<ConfigFault>();

        var overrides = new Overrides(known);
        Config commandLine = overrides.read(request.overrides());
        faults.addAll(overrides.faults());
        Config file = file(request, places, faults);
        var layers = List.of(commandLine, file, resource(LAUNCHER), resource(ACTOR_SYSTEM), libraries);
        Config all;
        try {
            all = layers.stream().reduce(Config::withFallback).orElseThrow().resolve();
        } catch (ConfigException e) {
            faults.add(unreadable("substitution ${...}", e, places));
            return new ConfigOutcome.Refused(faults);
        } catch (StackOverflowError e) {
            faults.add(tooDeep(request.file()));
            return new ConfigOutcome.Refused(faults);
        }
        Set<String> roots = commandLine.withFallback(file).root().keySet();
        faults.addAll(known.strangers(all.root(), roots, places));
        return check(layers, all, reference.getConfig(KnownKeys.ROOT), places, faults);
    }

    private ConfigOutcome check(
            List<Config> layers, Config all, Config defaults, Places places, List<ConfigFault> faults) {
        // A value in place of a group is among the faults already; the defaults stand in for it.
        Config settings = all.root().get(KnownKeys.ROOT) instanceof ConfigObject object ? object.toConfig() : defaults;
        var origins = new Origins(layers, settings.root());
        var keys = new KeyReader(settings, defaults, origins, places);
        var groups = new SettingGroups(keys);
        faults.addAll(keys.faults());
        for (Breach breach : LayoutRules.breaches(groups.ruled())) {
            if (breach.keys().stream().noneMatch(keys::isFaulty)) {
                faults.add(fault(breach, keys));
            }
        }
        if (!faults.isEmpty()) {
            return new ConfigOutcome.Refused(faults);
        }
        StagecraftConfig config = groups.config();
        for (Breach breach : planRules.apply(config)) {
            faults.add(fault(breach, keys));
        }
        return faults.isEmpty()
                ? new ConfigOutcome.Accepted(
                        new EffectiveConfig(config, all, lines(keys.keys(), origins, defaults, places)))
                : new ConfigOutcome.Refused(faults);
    }

    private static Config resource(String name) {
        return ConfigFactory.parseResources(TrainConfigReader.class.getClassLoader(), name);
    }

    private static Config file(ConfigRequest request, Places places, List<ConfigFault> faults) {
        Path file = request.file();
        if (!Files.isRegularFile(file)) {
            if (request.presence() == ConfigRequest.Presence.REQUIRED) {
                faults.add(new ConfigFault(
                        "--config", file.toString(), "must be a file that exists", "", Places.COMMAND_LINE));
            }
            return ConfigFactory.empty();
        }
        try {
            var options = ConfigParseOptions.defaults().setAllowMissing(false);
            return ConfigFactory.parseFile(file.toFile(), options);
        } catch (ConfigException e) {
            faults.add(unreadable(file.getFileName().toString(), e, places));
            return ConfigFactory.empty();
        } catch (StackOverflowError e) {
            faults.add(tooDeep(file));
            return ConfigFactory.empty();
        }
    }

    /// The library reads nested values by recursion and has no limit of its own.
    private static ConfigFault tooDeep(Path file) {
        String name = file.getFileName().toString();
        return new ConfigFault(name, "(unreadable)", "has values that lie too deep to be read", "", name);
    }

    private static ConfigFault unreadable(String what, ConfigException e, Places places) {
        String where = Optional.ofNullable(e.origin()).map(places::shortly).orElse("the configuration");
        String message = String.valueOf(e.getMessage());
        return new ConfigFault(what, "(unreadable)", "cannot be read as HOCON: " + message, "", where);
    }

    private static ConfigFault fault(Breach breach, KeyReader keys) {
        String key = breach.keys().getFirst();
        var others = new StringBuilder();
        for (String other : breach.keys().subList(1, breach.keys().size())) {
            others.append(others.isEmpty() ? "; " : ", ")
                    .append("%s = %s (%s)".formatted(other, keys.shown(other), keys.where(other)));
        }
        return new ConfigFault(key, keys.shown(key), breach.rule() + others, breach.nearest(), keys.where(key));
    }

    private static List<ConfigLine> lines(List<String> keys, Origins origins, Config defaults, Places places) {
        var lines = new ArrayList<ConfigLine>();
        for (String key : keys) {
            ConfigValue value = origins.written(key).orElseThrow();
            ConfigOrigin origin = origins.of(key).orElseThrow();
            lines.add(new ConfigLine(
                    key, render(value), render(defaults.getValue(key)), places.shortly(origin), places.fully(origin)));
        }
        return lines;
    }

    private static String render(ConfigValue value) {
        // A number keeps the form in which it was written: 2e-3 stays 2e-3.
        return value.valueType() == ConfigValueType.NUMBER
                ? value.atKey("number").getString("number")
                : value.render(ConfigRenderOptions.concise());
    }
}
