package io.stagecraft.actors.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `stagecraft evaluate`.
@Command(
        name = "evaluate",
        description = "Measure the loss on the held-back text with the weights of a checkpoint.",
        footer = {"", "Example:", "  stagecraft evaluate --checkpoint runs/gpt/checkpoints train.eval-samples=512"})
final class EvaluateCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Mixin
    private Settings settings = new Settings();

    @Mixin
    private CheckpointChoice choice = new CheckpointChoice();

    EvaluateCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return settings.run(
                root,
                List.of(),
                invocation -> root.surroundings().runs().evaluate(invocation, choice.of(invocation, root)));
    }
}
