package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.ConfigLine;
import io.stagecraft.actors.config.EffectiveConfig;
import io.stagecraft.actors.config.TrainConfigReader;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `stagecraft config show`. What it prints is itself a configuration file.
@Command(
        name = "show",
        description = "Print every setting with the file and line it came from, as a configuration file.",
        footer = {"", "Example:", "  stagecraft config show --diff train.train-iters=50"})
final class ConfigShowCommand implements Callable<Integer> {
    private static final int WIDEST_VALUE = 32;

    private final StagecraftCommand root;

    @Mixin
    private Settings settings = new Settings();

    @Option(names = "--diff", description = "Only the settings that differ from the defaults, with the default.")
    private boolean diff;

    @Option(
            names = "--megatron",
            description = "What follows is a command line of Megatron-LM: config show --megatron -- --num-layers 4 ...")
    private boolean megatron;

    @Option(names = "--origin", description = "The whole path of each file instead of its name.")
    private boolean origin;

    ConfigShowCommand(StagecraftCommand root) {
        this.root = root;
    }

    /// Shows settings that do not fit this machine too.
    @Override
    public Integer call() {
        if (megatron) {
            var reading = new MegatronReading(root, settings.overrides(), List.of());
            return reading.with(new TrainConfigReader(), this::show);
        }
        return settings.with(root, new TrainConfigReader(), List.of(), this::show);
    }

    private int show(EffectiveConfig config) {
        List<ConfigLine> lines = config.lines().stream()
                .filter(line -> !diff || line.differsFromDefault())
                .toList();
        int keyWidth = lines.stream().mapToInt(it -> it.key().length()).max().orElse(1);
        int valueWidth =
                lines.stream().mapToInt(it -> it.value().length()).max().orElse(1);
        String format = "  %-" + keyWidth + "s = %-" + Math.min(WIDEST_VALUE, valueWidth) + "s  # %s%s%n";
        PrintWriter out = root.surroundings().out();
        out.println("stagecraft {");
        for (ConfigLine line : lines) {
            String place = origin ? line.fullPlace() : line.place();
            String was = diff ? ", default " + line.defaultValue() : "";
            out.printf(format, line.key(), line.value(), place, was);
        }
        out.println("}");
        out.flush();
        return ExitCode.DONE;
    }
}
