package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class SteadyStateTest {
    private static final int STEPS = 10;
    /// The compiler may be late on a busy machine: what is asked is that the run gets there.
    private static final int MOST_ROUNDS = 100;

    private static final int LAYERS = 4;
    private static final int STAGES = 2;

    /// Views, passes and records of one layer and microbatch, forward and backward; the embedding or the head
    /// counts as one more layer.
    private static final long BYTES_A_LAYER = 12 * 1024;
    /// Answers, squared norms, messages of the test's own coordinator.
    private static final long BYTES_A_STEP = 32 * 1024;

    @Test
    void shouldAllocateOnlySmallObjectsInAStep() {
        var spec = TinyModel.spec(
                TinyModel.config(LAYERS), new ParallelTopology(2, STAGES, 1), new OneForwardOneBackwardSchedule());
        long bound = BYTES_A_STEP + spec.numMicrobatches() * (LAYERS / STAGES + 1) * BYTES_A_LAYER;
        var bundled = new CpuRuntimeConfig(new BlasLibrary.Bundled(Path.of("target", "native-cache")));
        try (var cpu = CpuRuntime.open(bundled);
                var run = new TestRun(spec, cpu::newBackend, TinyModel.counting())) {
            long bytesAStep = Long.MAX_VALUE;
            for (int round = 0; round < MOST_ROUNDS && bytesAStep >= bound; round++) {
                List<Long> before = run.allocatedBytes();
                run.train(STEPS, 0.001);
                List<Long> after = run.allocatedBytes();
                bytesAStep = 0;
                for (int rank = 0; rank < before.size(); rank++) {
                    bytesAStep = Math.max(bytesAStep, (after.get(rank) - before.get(rank)) / STEPS);
                }
            }
            assertThat(bytesAStep).as("bytes a step on the busiest rank").isLessThan(bound);
        }
    }
}
