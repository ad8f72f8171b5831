package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Screen;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `stagecraft`: holds what all commands share.
@Command(
        name = "stagecraft",
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        header = "Train GPT-2 with tensor, pipeline and data parallelism on the JVM.",
        description = {
            "",
            "Without a file named by --config the settings are those of application.conf in Stagecraft's folder;"
                    + " key=value changes one of them. `stagecraft config show` lists them all."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:the run failed; its cause was printed",
            "2:bad usage or configuration; nothing was started",
            "130:stopped by Ctrl-C (143: by SIGTERM); training saved what it had, the same command goes on"
        },
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Examples:",
            "  stagecraft train",
            "  stagecraft train data.text=my.txt train.train-iters=200",
            "  stagecraft generate --prompt \"a kind of \" generate.temperature=0.7"
        })
final class StagecraftCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the versions of Stagecraft and of the JVM.")
    private boolean version;

    // The launcher script says where it stands and what its output is: the JVM cannot see either.
    @Option(names = "--home", hidden = true, description = "The project's folder.")
    private Path home = Path.of("");

    @Option(names = "--terminal", hidden = true, description = "Columns of the terminal behind stdout.")
    private int columns;

    @Option(names = "--no-color", hidden = true, description = "NO_COLOR is set.")
    private boolean colourless;

    StagecraftCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /// Without a command there is nothing to do: says how to use it.
    @Override
    public Integer call() {
        spec.commandLine().usage(surroundings.err());
        return ExitCode.REFUSED;
    }

    Surroundings surroundings() {
        return surroundings;
    }

    /// The file that holds when none is named.
    Path projectFile() {
        return surroundings.workingDirectory().resolve(home).resolve("application.conf");
    }

    Screen screen() {
        if (columns <= 0) {
            return Screen.plain();
        }
        return new Screen(colourless ? Screen.Mode.TERMINAL : Screen.Mode.COLOUR, columns);
    }
}
