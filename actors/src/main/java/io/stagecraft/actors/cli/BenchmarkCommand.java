package io.stagecraft.actors.cli;

import io.stagecraft.actors.train.ScoreOrder;
import io.stagecraft.actors.train.ScoreOrder.Benchmark;
import io.stagecraft.model.evaluation.LambadaTask;
import io.stagecraft.model.text.TokenizerSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `stagecraft evaluate wikitext103|wikitext2|lambada`.
abstract sealed class BenchmarkCommand implements Callable<Integer> {
    private static final Path NONE = Path.of("");

    private final StagecraftCommand root;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private Settings settings = new Settings();

    @Mixin
    private CheckpointChoice choice = new CheckpointChoice();

    @Mixin
    private TokenizerChoice tokenizer = new TokenizerChoice();

    @Option(names = "--path", paramLabel = "FILE", required = true, description = "The text.")
    private Path text = NONE;

    @Option(
            names = "--seq-length",
            paramLabel = "N",
            description = "Positions of a window at most (as many as the model was trained on).")
    private int sequenceLength;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result as a JSON object too.")
    private Path json = NONE;

    private BenchmarkCommand(StagecraftCommand root) {
        this.root = root;
    }

    /// Adds the three to `evaluate`.
    static CommandLine addTo(CommandLine evaluate, StagecraftCommand root) {
        return evaluate.addSubcommand("wikitext103", new WikiText(root, "WIKITEXT103"))
                .addSubcommand("wikitext2", new WikiText(root, "WIKITEXT2"))
                .addSubcommand(new Lambada(root));
    }

    abstract Benchmark benchmark();

    @Override
    public Integer call() {
        return settings.run(root, List.of(), this::score);
    }

    private int score(Invocation invocation) {
        Path folder = root.surroundings().workingDirectory();
        try {
            List<TokenizerSource> named = tokenizer.isGiven() ? List.of(tokenizer.source(folder)) : List.of();
            var order = new ScoreOrder(
                    benchmark(), choice.of(invocation, root), folder.resolve(text), sequenceLength, named);
            List<Path> result = json.equals(NONE) ? List.of() : List.of(folder.resolve(json));
            return root.surroundings().runs().score(invocation, order, result);
        } catch (TypeConversionException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    /// Perplexity.
    @Command(
            description = {
                "Measure the perplexity of a model on a file of WikiText (wiki.test.tokens), as Megatron-LM does.",
                "",
                "What is published is the adjusted perplexity: of a word."
            },
            footer = {
                "",
                "Example:",
                "  stagecraft evaluate wikitext103 --path wiki.test.tokens --checkpoint gpt2 --tokenizer-type"
                        + " GPT2BPETokenizer"
            })
    private static final class WikiText extends BenchmarkCommand {
        private final String name;

        @Option(
                names = "--overlapping-eval",
                paramLabel = "N",
                description = "Targets that a window adds, the others being context (32, or all of a shorter window);"
                        + " less than 1 means 1, as in Megatron-LM.")
        private List<Integer> overlap = new ArrayList<>();

        WikiText(StagecraftCommand root, String name) {
            super(root);
            this.name = name;
        }

        @Override
        Benchmark benchmark() {
            return new Benchmark.WikiText(name, overlap.isEmpty() ? 0 : Math.max(1, overlap.getLast()));
        }
    }

    /// Accuracy.
    @Command(
            name = "lambada",
            description = "Measure how often a model knows the last word of a text of LAMBADA, as Megatron-LM does.",
            footer = {
                "",
                "Example:",
                "  stagecraft evaluate lambada --strict-lambada --path lambada_test.jsonl --checkpoint gpt2"
                        + " --tokenizer-type GPT2BPETokenizer"
            })
    private static final class Lambada extends BenchmarkCommand {
        @Option(
                names = "--strict-lambada",
                description = "The whole last word, as published, instead of the last token.")
        private boolean strict;

        Lambada(StagecraftCommand root) {
            super(root);
        }

        @Override
        Benchmark benchmark() {
            return new Benchmark.Lambada(strict ? LambadaTask.Target.WORD : LambadaTask.Target.TOKEN);
        }
    }
}
