package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.ConfigRequest;
import io.stagecraft.actors.train.GenerationWishes;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `stagecraft generate`.
@Command(
        name = "generate",
        description = "Continue texts with the weights of a saved model: each prompt with what follows it on stdout,"
                + " everything else on stderr.",
        footer = {
            "",
            "Temperature, top-k, top-p, seed and length are settings: generate.temperature=0.7.",
            "",
            "Examples:",
            "  stagecraft generate --prompt \"a kind of \"",
            "  stagecraft generate --prompt \"the \" generate.num-tokens=500 generate.top-k=20",
            "  stagecraft generate --prompt \"a \" --prompt \"the \" --greedy --log-probabilities --json",
            "  stagecraft generate --prompt \"a cat \" --beam-width 4 --length-penalty 0.8 generate.num-tokens=60"
        })
final class GenerateCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Mixin
    private Settings settings = new Settings();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "Where a text starts; given several times, texts are generated side by side. Without it"
                    + " generate.prompt holds.")
    private List<String> prompts = new ArrayList<>();

    @Option(
            names = "--prompts-file",
            paramLabel = "FILE",
            description = "A prompt a line, in UTF-8; - reads them from stdin.")
    private List<Path> promptFiles = new ArrayList<>();

    @Option(names = "--json", description = "Print the texts as one JSON object.")
    private boolean json;

    @Mixin
    private CheckpointChoice choice = new CheckpointChoice();

    @Mixin
    private GenerationOptions options = new GenerationOptions();

    GenerateCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        var overrides = new ArrayList<String>();
        if (!prompts.isEmpty()) {
            overrides.add(ConfigRequest.literal("generate.prompt", prompts.getFirst()));
        }
        overrides.addAll(options.overrides());
        return settings.run(root, overrides, this::generate);
    }

    private int generate(Invocation invocation) {
        GenerationWishes wishes;
        try {
            wishes = options.wishes(
                    PromptLines.read(prompts, promptFiles, root.surroundings().workingDirectory()),
                    root.surroundings().workingDirectory());
        } catch (IllegalArgumentException fault) {
            invocation.err().println("stagecraft: nothing was started: " + fault.getMessage());
            return ExitCode.REFUSED;
        }
        Path checkpoint = choice.of(invocation, root);
        return root.surroundings()
                .runs()
                .generate(invocation, checkpoint, wishes, json ? TextFormat.JSON : TextFormat.WORDS);
    }
}
