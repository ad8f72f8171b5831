package io.stagecraft.actors.cli;

import io.stagecraft.actors.config.Breach;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.telemetry.JsonTexts;
import io.stagecraft.actors.telemetry.JsonlWriter;
import io.stagecraft.actors.telemetry.LayoutRow;
import io.stagecraft.actors.telemetry.LayoutTable;
import io.stagecraft.actors.telemetry.PlainTexts;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.actors.telemetry.Screen;
import io.stagecraft.actors.telemetry.TerminalReport;
import io.stagecraft.actors.telemetry.TerminalReport.Samples;
import io.stagecraft.actors.train.FirstStart;
import io.stagecraft.actors.train.GenerationWishes;
import io.stagecraft.actors.train.LocalRun;
import io.stagecraft.actors.train.PlanRules;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunLock;
import io.stagecraft.actors.train.RunOutcome;
import io.stagecraft.actors.train.RunRequest;
import io.stagecraft.actors.train.ScoreOrder;
import io.stagecraft.actors.train.SignalWatch;
import io.stagecraft.actors.train.TrainingRun;
import io.stagecraft.model.file.FileFormatException;
import io.stagecraft.model.text.CorpusException;
import io.stagecraft.stages.plan.LayoutPlan;
import io.stagecraft.stages.plan.StagePlan;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// Runs with all ranks in this JVM.
///
/// @param cacheFolder where natives are unpacked and text is kept as tokens
/// @param cores processors of this JVM
/// @param memoryBytes of this machine
record LocalRuns(Path cacheFolder, int cores, long memoryBytes) implements Runs {
    @Override
    public List<Breach> planRules(StagecraftConfig config) {
        return PlanRules.broken(config, memoryBytes);
    }

    @Override
    public int train(Invocation invocation) {
        StagecraftConfig config = invocation.config().settings();
        RunLock lock;
        try {
            lock = RunLock.of(config.checkpoint());
        } catch (IllegalArgumentException e) {
            return refused(invocation, e);
        }
        try (lock) {
            return run(invocation, () -> new RunJob.Train(FirstStart.of(config)));
        }
    }

    @Override
    public int generate(Invocation invocation, Path checkpoint, GenerationWishes wishes, TextFormat format) {
        RunEventSink texts = switch (format) {
            case WORDS -> new PlainTexts(invocation.out());
            case JSON -> new JsonTexts(invocation.out());
        };
        var others = new Invocation(invocation.config(), Screen.plain(), invocation.err(), invocation.err());
        return run(others, () -> new RunJob.Generate(checkpoint, wishes), Samples.LEFT_OUT, List.of(texts));
    }

    @Override
    public int evaluate(Invocation invocation, Path checkpoint) {
        return run(invocation, () -> new RunJob.Evaluate(checkpoint));
    }

    @Override
    public int score(Invocation invocation, ScoreOrder order, List<Path> json) {
        List<ScoreFile> files;
        try {
            files = json.stream()
                    .map(file -> ScoreFile.of(file, invocation.err()))
                    .toList();
        } catch (IllegalArgumentException e) {
            return refused(invocation, e);
        }
        int code = run(invocation, () -> order.job(invocation.config().settings()), Samples.PRINTED, files);
        return code == ExitCode.DONE && files.stream().anyMatch(ScoreFile::isFailed) ? ExitCode.FAILED : code;
    }

    @Override
    public int convert(ConvertOrder order, PrintWriter out, PrintWriter err) {
        return new ConversionRun(cacheFolder, out, err).run(order);
    }

    private int run(Invocation invocation, Supplier<RunJob> job) {
        return run(invocation, job, Samples.PRINTED, List.of());
    }

    private int run(
            Invocation invocation, Supplier<RunJob> job, Samples samples, List<? extends RunEventSink> moreSinks) {
        var config = invocation.config();
        TrainingRun run;
        try {
            run = TrainingRun.open(new RunRequest(config.settings(), config.text(), job.get(), cacheFolder, cores));
        } catch (CorpusException
                | FileFormatException
                | UncheckedIOException
                | IllegalArgumentException
                | IllegalStateException e) {
            return refused(invocation, e);
        }
        tell(invocation, run);
        return follow(invocation, run, samples, moreSinks);
    }

    private static int refused(Invocation invocation, RuntimeException why) {
        invocation.err().println("stagecraft: nothing was started: " + why.getMessage());
        return ExitCode.REFUSED;
    }

    /// What will run, before it does.
    private void tell(Invocation invocation, TrainingRun run) {
        run.describe().forEach(line -> invocation.out().println(" " + line));
        LayoutPlan plan = run.layoutPlan();
        invocation
                .out()
                .println(" layout: " + plan.topology()
                        + String.format(
                                Locale.ROOT,
                                ", bubble of the schedule %.1f %%, %d microbatches in flight at most",
                                100 * plan.schedule().bubbleFraction(),
                                plan.stages().stream()
                                        .mapToInt(StagePlan::maxInFlight)
                                        .max()
                                        .orElse(0)));
        invocation
                .out()
                .print(LayoutTable.of(plan.stages().stream()
                        .map(stage -> row(stage, plan.topology()))
                        .toList()));
        MemoryLines.planned(run.memory(), memoryBytes).forEach(invocation.out()::println);
        invocation.out().flush();
    }

    private static LayoutRow row(StagePlan stage, ParallelTopology topology) {
        boolean first = stage.stage() == 0;
        boolean last = stage.stage() == topology.pipelineSize() - 1;
        int lastLayer = stage.firstLayer() + stage.numLayers() - 1;
        String layers = (first ? "embedding, " : "") + stage.firstLayer() + "-" + lastLayer + (last ? ", head" : "");
        int from = topology.globalRank(new RankCoordinate(0, stage.stage(), 0));
        int to = topology.globalRank(
                new RankCoordinate(topology.tensorSize() - 1, stage.stage(), topology.dataSize() - 1));
        StagePlan.RankMemory rank = stage.rank();
        long ranks = stage.numRanks();
        return new LayoutRow(
                stage.stage(),
                layers,
                from == to ? String.valueOf(from) : from + "-" + to,
                stage.numParameters(),
                ranks * rank.weightBytes(),
                ranks * rank.gradientBytes(),
                ranks * rank.momentBytes(),
                ranks * (rank.activationBytes() + rank.receiveBytes()));
    }

    private static int follow(
            Invocation invocation, TrainingRun run, Samples samples, List<? extends RunEventSink> moreSinks) {
        StagecraftConfig config = invocation.config().settings();
        var sinks = new ArrayList<RunEventSink>(moreSinks);
        sinks.addAll(List.of(
                new TerminalReport(
                        invocation.out(),
                        invocation.err(),
                        invocation.screen(),
                        new TerminalReport.Lines(
                                config.train().logInterval(), config.telemetry().logLine(), samples),
                        System::nanoTime),
                JsonlWriter.open(
                        config.telemetry().jsonl(),
                        InstantSource.system(),
                        message -> invocation.err().println("stagecraft: " + message))));
        LocalRun started = run.start(invocation.config().actorSystem(), sinks);
        try (SignalWatch _ = SignalWatch.over(started)) {
            RunOutcome outcome = started.outcome().toCompletableFuture().join();
            MemoryLines.peak(Path.of("/proc/self/status")).forEach(invocation.out()::println);
            return outcome.exitCode();
        }
    }
}
