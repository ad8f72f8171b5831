package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.Breach;
import io.stagecraft.actors.config.StagecraftConfig;
import java.nio.file.Path;
import java.util.List;

/// A command line without anything behind it: says so.
record UnboundRuns() implements Runs {
    @Override
    public List<Breach> planRules(StagecraftConfig config) {
        return List.of();
    }

    @Override
    public int train(Invocation invocation) {
        return refuse(invocation);
    }

    @Override
    public int generate(Invocation invocation, Path checkpoint) {
        return refuse(invocation);
    }

    @Override
    public int evaluate(Invocation invocation, Path checkpoint) {
        return refuse(invocation);
    }

    private static int refuse(Invocation invocation) {
        invocation
                .err()
                .println("stagecraft: the configuration is valid, but no actors are bound to this command line.");
        return ExitCode.FAILED;
    }
}
