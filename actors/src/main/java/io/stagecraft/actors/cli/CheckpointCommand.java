package io.stagecraft.actors.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `stagecraft checkpoint`: holds the commands about saved runs. None of them starts an actor
/// system.
@Command(
        name = "checkpoint",
        description = "Look at, verify and compare checkpoints.",
        synopsisSubcommandLabel = "(ls | show | verify | diff)")
final class CheckpointCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private CheckpointCommand(StagecraftCommand root) {
        this.root = root;
    }

    /// The command with its subcommands.
    static CommandLine create(StagecraftCommand root) {
        return new CommandLine(new CheckpointCommand(root))
                .addSubcommand(new CheckpointLsCommand(root))
                .addSubcommand(new CheckpointShowCommand(root))
                .addSubcommand(new CheckpointVerifyCommand(root))
                .addSubcommand(new CheckpointDiffCommand(root));
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(root.surroundings().err());
        return ExitCode.REFUSED;
    }
}
