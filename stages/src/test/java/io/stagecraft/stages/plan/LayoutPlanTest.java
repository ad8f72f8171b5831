package io.stagecraft.stages.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.Recomputation;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.BackendProxy;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayoutPlanTest {
    private final GptConfig model = TinyModel.config(5);

    @Test
    void shouldCountEveryParameterOnceAtEveryLayout() { // oracle: the closed form in GptConfig
        for (int tensor : new int[] {1, 2, 4}) {
            for (int pipeline = 1; pipeline <= 5; pipeline++) {
                assertThat(plan(spec(tensor, pipeline, 1)).numParameters()).isEqualTo(model.numParameters());
            }
        }
    }

    static List<Recomputation> recomputations() {
        return List.of(
                new Recomputation.None(),
                new Recomputation.Selective(),
                new Recomputation.Uniform(2),
                new Recomputation.Block(1));
    }

    @ParameterizedTest
    @MethodSource("recomputations")
    void shouldPlanWhatIsThenAllocated(Recomputation recomputation) { // oracle: the backends' own count of bytes
        RankSpec spec = spec(2, 2, 1).withRecomputation(recomputation);
        var allocated = new AtomicLong();
        LayoutPlan plan = plan(spec);
        try (var run = new TestRun(
                spec, () -> BackendProxy.counting(new ScalarBackend(DType.FLOAT32), allocated), TinyModel.counting())) {
            run.train(1, 0.001);
        }
        // beside the plan: 8 bytes a microbatch and parameter for results
        assertThat(allocated.get() - plan.totalBytes()).isBetween(0L, 4 * 1024L);
    }

    @Test
    void shouldHoldFewerActivationsOnLaterStages() {
        LayoutPlan plan = plan(spec(1, 4, 1));
        assertThat(plan.stages()).extracting(StagePlan::maxInFlight).containsExactly(4, 3, 2, 1);
        assertThat(plan.stages()).extracting(StagePlan::numLayers).containsExactly(1, 2, 1, 1);
    }

    private RankSpec spec(int tensor, int pipeline, int data) {
        return TinyModel.spec(model, new ParallelTopology(tensor, pipeline, data), new OneForwardOneBackwardSchedule());
    }

    private static LayoutPlan plan(RankSpec spec) {
        try (var backend = new ScalarBackend(DType.FLOAT32)) {
            return LayoutPlan.of(spec, backend);
        }
    }
}
