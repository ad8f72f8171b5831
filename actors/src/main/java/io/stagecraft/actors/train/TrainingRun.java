package io.stagecraft.actors.train;

import com.typesafe.config.Config;
import io.stagecraft.actors.config.CheckpointConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Failpoints;
import io.stagecraft.model.checkpoint.GptSettings;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.gpt.Recomputation;
import io.stagecraft.stages.plan.LayoutPlan;
import io.stagecraft.stages.plan.ResidentMemory;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Puts a run in this JVM together out of a [RunRequest]: what is read, what is opened, what the
/// ranks compute. [#start] hands it to the actors.
///
/// Thread: one; blocks on files.
public final class TrainingRun implements AutoCloseable {
    private final StagecraftConfig config;
    private final String configText;
    private final RunSubject subject;
    private final Beginning beginning;
    private final RankSpec spec;
    private final RankBackends backends;
    private final LocalRanks ranks;

    /// The job with what is to be known before its first phase, what the operator is told of it,
    /// and of the held-back text the characters a token stands for.
    private record Beginning(RunJob job, List<String> description, double charactersPerToken) {}

    /// What the ranks need of this JVM.
    private record Equipment(RankBackends backends, LocalRanks ranks) {}

    private TrainingRun(
            RunRequest request, RunSubject subject, Beginning beginning, RankSpec spec, Equipment equipment) {
        this.config = request.config();
        this.configText = request.configText();
        this.subject = subject;
        this.beginning = beginning;
        this.spec = spec;
        this.backends = equipment.backends();
        this.ranks = equipment.ranks();
    }

    /// Reads the text and the checkpoint, if there is one; opens transport and BLAS. [#start] or
    /// [#close] must follow.
    ///
    /// - Errors: [io.stagecraft.model.text.CorpusException] and
    ///   [io.stagecraft.model.checkpoint.CheckpointFormatException], meant for the person who
    ///   started the run; [IllegalArgumentException] if the checkpoint cannot be laid out as
    ///   configured, is of another run, or none could be written; [IllegalStateException] if
    ///   transport or BLAS cannot be opened.
    public static TrainingRun open(RunRequest request) {
        if (request.job() instanceof RunJob.Train
                && request.config().checkpoint().save() == CheckpointConfig.Save.ON) {
            WritableFolder.require(
                    "checkpoint.directory", request.config().checkpoint().directory());
        }
        RankBackends backends =
                RankBackends.open(request.config().backend(), request.cacheFolder(), RunValues.kernels(request));
        try {
            return open(request, backends);
        } catch (RuntimeException e) {
            backends.close();
            throw e;
        }
    }

    private static TrainingRun open(RunRequest request, RankBackends backends) {
        RunSubject subject = RunSubject.read(request);
        try {
            return open(request, backends, subject);
        } catch (RuntimeException e) {
            subject.close();
            throw e;
        }
    }

    private static TrainingRun open(RunRequest request, RankBackends backends, RunSubject subject) {
        RankSpec spec = RunValues.rankSpec(request.config(), subject.model(), subject.sequenceLength())
                .withDocuments(subject.samples().documents())
                .with(subject.purpose());
        Beginning beginning = beginning(request.config(), subject);
        var work = new LocalRanks.Work(
                spec,
                subject.training(),
                subject.samples().validation(),
                subject.samples().test());
        var equipment = new Equipment(backends, LocalRanks.open(request, backends, work));
        return new TrainingRun(request, subject, beginning, spec, equipment);
    }

    private static Beginning beginning(StagecraftConfig config, RunSubject subject) {
        return switch (subject.job()) {
            case RunJob.Train(Start start, LoopState _) -> {
                Restart restart = Restart.of(start, config, subject);
                yield new Beginning(restart.job(), restart.description(), subject.charactersPerToken());
            }
            case RunJob.Evaluate _, RunJob.Score _, RunJob.Generate _ ->
                new Beginning(subject.job(), List.of(), subject.charactersPerToken());
        };
    }

    /// Memory of every stage and the cost of the schedule, before anything runs.
    public LayoutPlan layoutPlan() {
        try (Backend backend = backends.newBackend()) {
            return LayoutPlan.of(spec, backend);
        }
    }

    /// What this JVM will hold in memory with all ranks at work.
    public ResidentMemory memory() {
        return new ResidentMemory(layoutPlan().totalBytes(), ranks.mappedBytes());
    }

    /// Lines for the operator: text, tokenizer, what computes, what carries.
    public List<String> describe() {
        try (Backend backend = backends.newBackend()) {
            var lines = new ArrayList<>(subject.description());
            lines.addAll(beginning.description());
            lines.add("backend: " + backend.describe());
            lines.add("transport: " + ranks.describeTransport());
            if (spec.trains() && !(spec.recomputation() instanceof Recomputation.None)) {
                lines.add("computed again in backward: " + spec.recomputation());
            }
            return List.copyOf(lines);
        }
    }

    /// Starts the actors; the run closes everything when it ends. `application` is what the
    /// application says about `akka`; `sinks` get what happens and are closed at the end.
    public LocalRun start(Config application, List<RunEventSink> sinks) {
        ParallelTopology topology = spec.topology();
        TrainingPlan plan = RunValues.plan(config, spec, subject, beginning.charactersPerToken());
        var setting = new RunSetting(plan, topology, beginning.job(), subject.sample());
        var store = new CheckpointStore(
                config.checkpoint().directory(),
                Failpoints.of(config.checkpoint().failpoint()));
        var parts = new RunParts(
                setting, ranks, ranks.abort(), new CheckpointFiles(store, facts(topology)), sinks, this::close);
        return LocalRun.start(parts, application);
    }

    /// Closes what [#open] opened, if the run was never started.
    @Override
    public void close() {
        try (backends;
                subject) {
            ranks.close();
        }
    }

    private CheckpointFiles.Facts facts(ParallelTopology topology) {
        Map<Manifest.Section, Map<String, Object>> sections = Map.of(
                Manifest.Section.MODEL, GptSettings.of(subject.model()),
                Manifest.Section.TOKENIZER, subject.tokenizer().settings(),
                Manifest.Section.CONFIGURATION, configuration());
        var layout = new Manifest.Layout(topology.tensorSize(), topology.pipelineSize(), topology.dataSize());
        return new CheckpointFiles.Facts(
                sections, layout, config.run().seed(), config.checkpoint().keep());
    }

    /// Only a run that trains reads training samples, which its identity is made of, and saves.
    private Map<String, Object> configuration() {
        var configuration = new LinkedHashMap<String, Object>();
        configuration.put("run", config.run().name());
        configuration.put(SavedModel.SEQUENCE_LENGTH, subject.sequenceLength());
        if (beginning.job() instanceof RunJob.Train) {
            configuration.put(
                    RunIdentity.SECTION, RunIdentity.of(config, subject).settings());
        }
        configuration.put("hocon", configText);
        return configuration;
    }
}
