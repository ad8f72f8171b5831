package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.ConfigFault;
import io.stagecraft.actors.config.ConfigOutcome;
import io.stagecraft.actors.config.ConfigRequest;
import io.stagecraft.actors.config.EffectiveConfig;
import io.stagecraft.actors.config.FaultReport;
import io.stagecraft.actors.config.TrainConfigReader;
import io.stagecraft.actors.megatron.MegatronSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/// Reads a command line of Megatron-LM as a configuration, or prints everything that is wrong with
/// it.
///
/// @param root for the surroundings
/// @param words the arguments
/// @param more settings `key=value` that win over what the arguments mean
record MegatronReading(StagecraftCommand root, List<String> words, List<String> more) {
    private static final String HINT = "The argument that a setting comes from is in brackets; `stagecraft pretrain-gpt"
            + " --help` lists the arguments, and with --show-config it prints what they mean.";

    /// Goes on with the configuration, or prints the faults.
    int with(TrainConfigReader reader, ToIntFunction<EffectiveConfig> then) {
        Surroundings surroundings = root.surroundings();
        MegatronSettings meant = MegatronSettings.of(words);
        var overrides = new ArrayList<>(meant.overrides());
        overrides.addAll(more);
        // Settings of a file would be no part of what the command line means: none is named.
        var request = new ConfigRequest(
                surroundings.workingDirectory(),
                surroundings.workingDirectory().resolve(".no-file"),
                ConfigRequest.Presence.OPTIONAL,
                overrides);
        // Stand-ins of what is missing make no plan.
        ConfigOutcome outcome = (meant.faults().isEmpty() ? reader : new TrainConfigReader()).read(request);
        return switch (outcome) {
            case ConfigOutcome.Accepted(EffectiveConfig config)
            when meant.faults().isEmpty() -> {
                meant.remarks().forEach(it -> surroundings.err().println(" " + it));
                surroundings.err().flush();
                yield then.applyAsInt(config);
            }
            case ConfigOutcome.Accepted _ -> refuse(meant, List.of());
            case ConfigOutcome.Refused refused -> refuse(meant, refused.faults());
        };
    }

    private int refuse(MegatronSettings meant, List<ConfigFault> found) {
        root.surroundings().err().print(FaultReport.of(meant.and(found), HINT));
        root.surroundings().err().flush();
        return ExitCode.REFUSED;
    }
}
