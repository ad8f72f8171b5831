package io.stagecraft.tests.benchmark;

import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.actors.train.CheckpointFolder;
import io.stagecraft.actors.train.RankFactory;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.actors.train.RunParts;
import io.stagecraft.actors.train.RunSetting;
import io.stagecraft.actors.train.SampleText;
import io.stagecraft.actors.train.TrainingPlan;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.LearningRateSchedule;
import io.stagecraft.stages.generation.GeneratedText;
import io.stagecraft.stages.generation.GenerationMethod;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.generation.StopRule;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.link.LocalCollectives;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.Progress;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankPurpose;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TensorParallelRank;
import io.stagecraft.stages.run.TokenChoice;
import io.stagecraft.stages.run.TokenSamples;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.LoopbackTransport;
import io.stagecraft.transport.WaitStyle;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/// What `./stagecraft generate` runs, through coordinator, actors and collectives, on random
/// weights of GPT-2 124M: the ranks are opened for training, which gives them their first weights,
/// and load nothing.
final class DecodeRun implements RankFactory {
    private static final int PROMPT_TOKENS = 16;
    private static final int VOCABULARY = 50_257;

    /// 50,257 tokens, padded for up to eight tensor ranks as Megatron-LM does.
    private static final GptConfig MODEL = new GptConfig(
            12, 768, 12, 1024, VOCABULARY, 50_304, 3072, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0, 0, 0.02);

    private static final TokenSamples NONE = (index, _, _) -> {
        throw new IllegalStateException("sample " + index + " was asked for, but generating reads no text");
    };

    private final RankSpec spec;
    private final int numTokens;
    private final AbortSignal abort = new AbortSignal();
    private final WaitStyle waitStyle;
    private final LocalCollectives collectives;
    private final LoopbackTransport transport = new LoopbackTransport();
    private final CpuRuntime runtime = CpuRuntime.open(new CpuRuntimeConfig(OurBlas.AUTO.library()));

    DecodeRun(ParallelTopology topology, int numTokens) {
        this.numTokens = numTokens;
        spec = new RankSpec(
                        MODEL,
                        topology,
                        new RankCoordinate(0, 0, 0),
                        new OneForwardOneBackwardSchedule(),
                        1,
                        1,
                        1,
                        1,
                        AdamConfig.defaults())
                .with(new RankPurpose(RankPurpose.Use.TRAINING, 1, PROMPT_TOKENS + numTokens));
        waitStyle = WaitStyle.of(topology.numRanks(), Runtime.getRuntime().availableProcessors());
        collectives = new LocalCollectives(topology, abort, waitStyle);
    }

    /// Bytes of the weights that a token has to read: all but the tables of which it needs a row.
    static long bytesPerToken() {
        long rows = (long) MODEL.maxPositions() * MODEL.hiddenSize();
        return 4 * (MODEL.numParameters() - rows);
    }

    /// Everything that a run needs; `recorder` gets the events.
    RunParts parts(RunEventSink recorder) {
        var train = new TrainConfig(1, 1, 1, 1, 1, 1);
        var constant = new LearningRateSchedule(1, 1, 0, Long.MAX_VALUE, LearningRateSchedule.Decay.CONSTANT);
        var plan = new TrainingPlan(train, 0, constant, new GradientClipping(0), new TrainingPlan.StepCost(1, 1), 1);
        var job = new RunJob.Generate(Path.of("random-weights"));
        var setting = new RunSetting(plan, spec.topology(), job, new Prompt(request()));
        CheckpointFolder nothing = new NothingKept();
        return new RunParts(setting, this, abort, nothing, List.of(recorder), this::close);
    }

    private GenerationRequest request() {
        List<Integer> prompt = IntStream.range(0, PROMPT_TOKENS)
                .map(i -> i * 37 % VOCABULARY)
                .boxed()
                .toList();
        return new GenerationRequest(
                List.of(prompt),
                numTokens,
                MODEL.maxPositions(),
                0,
                new GenerationMethod.Sampling(SamplingSettings.greedy(), TopPDecay.none()),
                StopRule.never(),
                TokenChoice.Report.TOKENS);
    }

    private record Prompt(GenerationRequest request) implements SampleText {
        @Override
        public RunEvent.SampleGenerated generated(long iteration, GeneratedText text) {
            return new RunEvent.SampleGenerated(iteration, "", text.generated().toString(), Double.NaN);
        }
    }

    @Override
    public RankProgram open(RankCoordinate rank, Runnable onArrival) {
        var ports = new RankPorts(
                runtime.newBackend(), transport, collectives.of(rank), NONE, NONE, abort, waitStyle, onArrival);
        return new Loaded(TensorParallelRank.open(spec.at(rank), ports));
    }

    private void close() {
        transport.close();
        runtime.close();
    }

    /// Has its weights already.
    private static final class Loaded implements RankProgram {
        private final RankProgram program;
        private boolean isLoading;

        Loaded(RankProgram program) {
            this.program = program;
        }

        @Override
        public void begin(Phase phase) {
            isLoading = phase instanceof Phase.Load;
            if (!isLoading) {
                program.begin(phase);
            }
        }

        @Override
        public Progress advance() {
            return isLoading ? Progress.DONE : program.advance();
        }

        @Override
        public PhaseResult result() {
            return isLoading ? new PhaseResult.Loaded() : program.result();
        }

        @Override
        public void close() {
            program.close();
        }
    }
}
