package io.stagecraft.actors.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `stagecraft config`: holds the commands about settings.
@Command(name = "config", description = "Look at settings.", synopsisSubcommandLabel = "show")
final class ConfigCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    ConfigCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(root.surroundings().err());
        return ExitCode.REFUSED;
    }
}
