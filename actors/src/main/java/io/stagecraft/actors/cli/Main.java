package io.stagecraft.actors.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

/// Where the process starts.
public final class Main {
    private Main() {}

    /// Ends the JVM with the command's exit code.
    public static void main(String[] args) {
        PrintWriter out = writer(System.out);
        PrintWriter err = writer(System.err);
        int code = execute(args, thisMachine(), out, err, Path.of("").toAbsolutePath());
        out.flush();
        err.flush();
        System.exit(code);
    }

    /// Runs one command in this JVM.
    ///
    /// @return the exit code, see [ExitCode]
    public static int execute(String[] args, Runs runs, PrintWriter out, PrintWriter err, Path workingDirectory) {
        var root = new StagecraftCommand(new Surroundings(runs, out, err, workingDirectory));
        var config = new CommandLine(new ConfigCommand(root)).addSubcommand(new ConfigShowCommand(root));
        var data = new CommandLine(new DataCommand(root))
                .addSubcommand(new DataShowCommand(root))
                .addSubcommand(new DataValidateCommand(root));
        return new CommandLine(root)
                .addSubcommand(new TrainCommand(root))
                .addSubcommand(PretrainGptCommand.create(root))
                .addSubcommand(new GenerateCommand(root))
                .addSubcommand("evaluate", BenchmarkCommand.addTo(new CommandLine(new EvaluateCommand(root)), root))
                .addSubcommand(CheckpointCommand.create(root))
                .addSubcommand(new PreprocessCommand(root))
                .addSubcommand(data)
                .addSubcommand(new ConvertCommand(root))
                .addSubcommand(config)
                .setOut(out)
                .setErr(err)
                // A prompt may start with @; it is no file of arguments.
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setColorScheme(CommandLine.Help.defaultColorScheme(Ansi.OFF))
                .setParameterExceptionHandler(new UsageMistake())
                .execute(args);
    }

    private static Runs thisMachine() {
        Path home = Path.of(System.getProperty("user.home"));
        int cores = Runtime.getRuntime().availableProcessors();
        long memoryBytes =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        return new LocalRuns(home.resolve(".cache").resolve("stagecraft"), cores, memoryBytes);
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(new OutputStreamWriter(stream, stream.charset()), true);
    }
}
