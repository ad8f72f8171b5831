package io.stagecraft.actors.megatron;

import io.stagecraft.actors.config.ConfigFault;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The settings that a command line of Megatron-LM means.
///
/// @param meanings settings by their key, in the order in which they were worked out
/// @param faults of the command line; those of the settings come from their reader
/// @param remarks what was accepted and has no effect, a line each
/// @param asked names of the arguments that have a meaning
public record MegatronSettings(
        Map<String, Meaning> meanings, List<ConfigFault> faults, List<String> remarks, Set<String> asked) {
    /// The value of a setting.
    ///
    /// @param value as HOCON
    /// @param argument where it came from, for messages: `--lr 0.1`
    public record Meaning(String value, String argument) {}

    public MegatronSettings {
        meanings = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(meanings));
        faults = List.copyOf(faults);
        remarks = List.copyOf(remarks);
        asked = Set.copyOf(asked);
    }

    /// Translates `words`, which follow `pretrain_gpt.py`.
    public static MegatronSettings of(List<String> words) {
        MegatronArguments known = MegatronArguments.read();
        MegatronCommandLine line = MegatronCommandLine.of(known, words);
        var given = new GivenValues(line, known);
        Map<String, Meaning> meanings = new MegatronTranslation(given).translate();
        var faults = new ArrayList<>(line.faults());
        faults.addAll(given.faults());
        return new MegatronSettings(meanings, faults, line.remarks(), given.asked());
    }

    /// As `key=value` arguments.
    public List<String> overrides() {
        return meanings.entrySet().stream()
                .map(it -> it.getKey() + "=" + it.getValue().value())
                .toList();
    }

    /// All faults: those of the command line, and `found` in its settings, each with its argument.
    public List<ConfigFault> and(List<ConfigFault> found) {
        var all = new ArrayList<>(faults);
        boolean lacks = faults.stream().anyMatch(it -> it.value().equals(GivenValues.MISSING));
        for (ConfigFault fault : found) {
            // Where something is missing a default stands in, of which nobody wants to hear.
            if (!lacks || fault.nearest().isEmpty()) {
                all.add(withArgument(fault));
            }
        }
        return List.copyOf(all);
    }

    private ConfigFault withArgument(ConfigFault fault) {
        if (!meanings.containsKey(fault.key())) {
            return fault;
        }
        return new ConfigFault(
                fault.key(),
                fault.value(),
                fault.rule(),
                fault.nearest(),
                meanings.get(fault.key()).argument());
    }
}
