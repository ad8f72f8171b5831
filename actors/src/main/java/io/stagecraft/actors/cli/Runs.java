package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.Breach;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.train.GenerationWishes;
import io.stagecraft.actors.train.ScoreOrder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;

/// What the command line asks for. The actors stand behind it; the commands know nothing of them.
///
/// - Results: the process's exit code, [ExitCode#DONE] or, when the run failed and its cause was
///   printed to `err`, [ExitCode#FAILED].
/// - Errors: an exception that leaves a method is a mistake of the program; its trace is printed.
/// - Thread: the main thread; a method returns when everything it started has ended.
public interface Runs {
    /// Rules that a configuration must keep on this machine: memory, shared memory, the text. Asked
    /// before anything starts and only when the configuration is valid otherwise; what is returned
    /// is printed as faults of the configuration.
    List<Breach> planRules(StagecraftConfig config);

    /// Trains, evaluates, saves and prints a sample.
    int train(Invocation invocation);

    /// Continues texts with the weights of `checkpoint`.
    ///
    /// @param checkpoint a saved model, or a folder of checkpoints of which the newest is taken
    /// @param wishes what the settings do not say
    /// @param format how the texts are printed
    int generate(Invocation invocation, Path checkpoint, GenerationWishes wishes, TextFormat format);

    /// Measures the loss on the held-back text with the weights of `checkpoint`.
    ///
    /// @param checkpoint a committed checkpoint, or a folder of them of which the newest is taken
    int evaluate(Invocation invocation, Path checkpoint);

    /// Measures a benchmark.
    ///
    /// @param json where the result goes as one JSON object a line; nowhere if empty, at most one
    int score(Invocation invocation, ScoreOrder order, List<Path> json);

    /// Writes a saved model as another kind of saved model.
    ///
    /// @param out what happens
    /// @param err what went wrong
    int convert(ConvertOrder order, PrintWriter out, PrintWriter err);
}
