package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.ConfigRequest;
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
        description = "Continue a text with the weights of a checkpoint.",
        footer = {
            "",
            "Examples:",
            "  stagecraft generate --prompt \"a kind of \"",
            "  stagecraft generate --prompt \"the \" generate.num-tokens=500 generate.top-k=20"
        })
final class GenerateCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Mixin
    private Settings settings = new Settings();

    @Option(
            names = {"-p", "--prompt"},
            paramLabel = "TEXT",
            description = "Where the text starts; without it generate.prompt holds.")
    private List<String> prompts = new ArrayList<>();

    @Mixin
    private CheckpointChoice choice = new CheckpointChoice();

    GenerateCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        var prompt = prompts.stream()
                .map(text -> ConfigRequest.literal("generate.prompt", text))
                .toList();
        return settings.run(root, prompt, this::generate);
    }

    private int generate(Invocation invocation) {
        Path checkpoint = choice.of(invocation, root);
        return root.surroundings().runs().generate(invocation, checkpoint);
    }
}
