package io.stagecraft.actors.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `stagecraft train`.
@Command(
        name = "train",
        description = "Train a model from text; evaluate it, save it and print a sample.",
        footer = {
            "",
            "Examples:",
            "  stagecraft train",
            "  stagecraft train data.text=my.txt run.name=mine train.train-iters=200",
            "  stagecraft train --config my.conf parallel.tensor-size=1"
        })
final class TrainCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Mixin
    private Settings settings = new Settings();

    TrainCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return settings.run(root, List.of(), root.surroundings().runs()::train);
    }
}
