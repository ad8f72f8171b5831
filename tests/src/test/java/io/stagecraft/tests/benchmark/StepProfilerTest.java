package io.stagecraft.tests.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.train.TrainingPlan;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.link.LocalCollectives;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.StageModel;
import io.stagecraft.stages.run.TensorParallelRank;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.tests.benchmark.RankProbe.RankStep;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.LoopbackTransport;
import io.stagecraft.transport.WaitStyle;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StepProfilerTest {
    private static final int HIDDEN = 8;
    private static final int TOKENS = 4;
    private static final int VOCABULARY = 7;
    private static final BenchmarkTask TASK = task();

    @Test
    void shouldGiveEveryNanosecondOfAStepToOneActivity() {
        RankStep step = oneStep(TASK);

        long inSpans = step.gradients().end()
                - step.gradients().begin()
                + step.update().end()
                - step.update().begin();
        assertThat(Arrays.stream(step.nanos()).sum()).isEqualTo(inSpans);
    }

    @Test
    void shouldCountTheMatrixProductsOfForwardAndBackward() {
        // One layer has 12 h^2 weights, the head V h; each is multiplied with each token once forward and twice
        // backward, 2 FLOP each time.
        assertThat(oneStep(TASK).gemmFlops()).isEqualTo(6.0 * TOKENS * (12 * HIDDEN * HIDDEN + VOCABULARY * HIDDEN));
    }

    @Test
    void shouldChangeNoResult() {
        assertThat(gradients(TASK, new StepProfiler())).isEqualTo(gradients(TASK, RankInstruments.NONE));
    }

    private static BenchmarkTask task() {
        var config = new GptConfig(
                1,
                HIDDEN,
                1,
                TOKENS,
                VOCABULARY,
                VOCABULARY,
                4 * HIDDEN,
                1e-5,
                Gelu.TANH,
                GptConfig.OutputEmbedding.TIED,
                0,
                0,
                0.02);
        var spec = new RankSpec(
                config,
                new ParallelTopology(1, 1, 1),
                new RankCoordinate(0, 0, 0),
                new OneForwardOneBackwardSchedule(),
                1,
                1,
                TOKENS,
                1,
                AdamConfig.defaults());
        var cost = new TrainingPlan.StepCost(TOKENS, 1);
        return new BenchmarkTask("small", spec, StageModel.gpt(spec), cost, 1, 1);
    }

    private static RankStep oneStep(BenchmarkTask task) {
        var profiler = new StepProfiler();
        gradients(task, profiler);
        return profiler.steps().get(task.spec().coordinate()).getFirst();
    }

    private static List<Double> gradients(BenchmarkTask task, RankInstruments instruments) {
        RankSpec spec = task.spec();
        var signal = new AbortSignal();
        var tokens = new RandomTokens(spec.model().vocabSize(), spec.sequenceLength());
        var ports = new RankPorts(
                new ScalarBackend(DType.FLOAT32),
                new LoopbackTransport(),
                new LocalCollectives(spec.topology(), signal, WaitStyle.PARK).of(spec.coordinate()),
                tokens,
                tokens,
                signal,
                WaitStyle.PARK,
                () -> {});
        RankPorts watched = instruments.around(spec.coordinate(), ports);
        try (RankProgram program =
                instruments.around(spec.coordinate(), TensorParallelRank.open(spec, watched, task.model()))) {
            program.begin(new Phase.TrainStep(1, 0));
            program.advance();
            var result = (PhaseResult.Gradients) program.result();
            program.begin(new Phase.ApplyUpdate(1, 1e-3, 1));
            program.advance();
            program.result();
            return result.squaredNorms();
        }
    }
}
