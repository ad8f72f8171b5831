package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.EffectiveConfig;
import io.stagecraft.actors.config.TrainConfigReader;
import io.stagecraft.actors.megatron.MegatronArguments;
import io.stagecraft.actors.megatron.MegatronHelp;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `stagecraft pretrain-gpt`: Megatron-LM's command line.
@Command(
        name = "pretrain-gpt",
        description = {
            "Train a GPT-2 as Megatron-LM's pretrain_gpt.py does: its arguments, its data, its checkpoints, its log.",
            "",
            "All ranks are in this JVM. What is unknown or not here is said, all at once, and nothing is started;"
                    + " what makes no difference here is said in a line each. Initial weights without --load are"
                    + " drawn by this program's own generator; dropout masks are too."
        })
final class PretrainGptCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Option(names = "--show-config", description = "Print the settings that the arguments mean, and start nothing.")
    private boolean showConfig;

    @Option(
            names = "--set",
            paramLabel = "key=value",
            description = "A setting of this program that wins over the arguments, as --set backend.blas=FILE.")
    private List<String> more = new ArrayList<>();

    @Parameters(arity = "0..*", paramLabel = "ARGUMENT", description = "Megatron-LM's arguments, below.")
    private List<String> words = new ArrayList<>();

    private PretrainGptCommand(StagecraftCommand root) {
        this.root = root;
    }

    /// The command with the arguments in its help. They are taken as they stand, since their rules
    /// are not those of the other commands.
    static CommandLine create(StagecraftCommand root) {
        var command = new CommandLine(new PretrainGptCommand(root)).setUnmatchedOptionsArePositionalParams(true);
        command.getCommandSpec()
                .usageMessage()
                .footer(MegatronHelp.lines(MegatronArguments.read()).stream()
                        .map(line -> line.replace("%", "%%"))
                        .toArray(String[]::new));
        return command;
    }

    @Override
    public Integer call() {
        var reading = new MegatronReading(root, words, more);
        if (showConfig) {
            return reading.with(new TrainConfigReader(), this::show);
        }
        Surroundings surroundings = root.surroundings();
        return reading.with(
                new TrainConfigReader(surroundings.runs()::planRules),
                config -> surroundings
                        .runs()
                        .train(new Invocation(config, root.screen(), surroundings.out(), surroundings.err())));
    }

    private int show(EffectiveConfig config) {
        root.surroundings().out().print(config.text());
        root.surroundings().out().flush();
        return ExitCode.DONE;
    }
}
