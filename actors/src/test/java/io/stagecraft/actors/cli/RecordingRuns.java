package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.Breach;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.train.ScoreOrder;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Notes what the command line asked for.
final class RecordingRuns implements Runs {
    private final int exitCode;
    private final List<Breach> breaches;
    private final List<String> calls = new ArrayList<>();
    private final List<Invocation> invocations = new ArrayList<>();

    RecordingRuns(int exitCode, Breach... breaches) {
        this.exitCode = exitCode;
        this.breaches = List.of(breaches);
    }

    /// Name of the method and its checkpoint, in order.
    List<String> calls() {
        return List.copyOf(calls);
    }

    /// What the last call was given.
    Invocation last() {
        return invocations.getLast();
    }

    @Override
    public List<Breach> planRules(StagecraftConfig config) {
        return breaches;
    }

    @Override
    public int train(Invocation invocation) {
        return note("train", invocation);
    }

    @Override
    public int generate(Invocation invocation, Path checkpoint) {
        return note("generate " + checkpoint, invocation);
    }

    @Override
    public int evaluate(Invocation invocation, Path checkpoint) {
        return note("evaluate " + checkpoint, invocation);
    }

    @Override
    public int score(Invocation invocation, ScoreOrder order, List<Path> json) {
        return note("score " + order, invocation);
    }

    @Override
    public int convert(ConvertOrder order, PrintWriter out, PrintWriter err) {
        calls.add("convert " + order);
        return exitCode;
    }

    private int note(String call, Invocation invocation) {
        calls.add(call);
        invocations.add(invocation);
        return exitCode;
    }
}
