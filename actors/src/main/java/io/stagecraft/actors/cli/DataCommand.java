package io.stagecraft.actors.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `stagecraft data`: holds the commands about data sets.
@Command(name = "data", description = "Look at indexed data sets.", synopsisSubcommandLabel = "show|validate")
final class DataCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    DataCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(root.surroundings().err());
        return ExitCode.REFUSED;
    }
}
