package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.ConfigOutcome;
import io.stagecraft.actors.config.ConfigRequest;
import io.stagecraft.actors.config.EffectiveConfig;
import io.stagecraft.actors.config.FaultReport;
import io.stagecraft.actors.config.TrainConfigReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The arguments by which every command can be given settings.
final class Settings {
    private static final Path NONE = Path.of("");

    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Settings in HOCON, JSON or properties, instead of application.conf.")
    private Path file = NONE;

    @Parameters(
            arity = "0..*",
            paramLabel = "key=value",
            description = "Settings that win over the file, as train.train-iters=50 or data.text=my.txt.")
    private List<String> overrides = new ArrayList<>();

    /// The arguments that are no options, as they were given.
    List<String> overrides() {
        return List.copyOf(overrides);
    }

    /// Reads the configuration and goes on with it, or prints its faults.
    ///
    /// @param reader with the rules that are to hold
    /// @param more overrides that win over those of the arguments
    int with(StagecraftCommand root, TrainConfigReader reader, List<String> more, ToIntFunction<EffectiveConfig> then) {
        Surroundings surroundings = root.surroundings();
        boolean named = !file.equals(NONE);
        var all = new ArrayList<>(overrides);
        all.addAll(more);
        var request = new ConfigRequest(
                surroundings.workingDirectory(),
                named ? file : root.projectFile(),
                named ? ConfigRequest.Presence.REQUIRED : ConfigRequest.Presence.OPTIONAL,
                all);
        return switch (reader.read(request)) {
            case ConfigOutcome.Accepted(EffectiveConfig config) -> then.applyAsInt(config);
            case ConfigOutcome.Refused refused -> {
                surroundings.err().print(FaultReport.of(refused.faults()));
                surroundings.err().flush();
                yield ExitCode.REFUSED;
            }
        };
    }

    /// Reads, then runs with what a run is given.
    int run(StagecraftCommand root, List<String> more, ToIntFunction<Invocation> run) {
        Surroundings surroundings = root.surroundings();
        return with(
                root,
                new TrainConfigReader(surroundings.runs()::planRules),
                more,
                config ->
                        run.applyAsInt(new Invocation(config, root.screen(), surroundings.out(), surroundings.err())));
    }
}
