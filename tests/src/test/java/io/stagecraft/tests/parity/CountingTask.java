package io.stagecraft.tests.parity;

import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TokenSamples;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.nio.file.Path;
import java.util.List;

/// What all runs of this package train: a GPT of four layers on sequences that count up by 1, 2 or 3, which it
/// learns in a few steps of four microbatches with dropout 0.1.
final class CountingTask {
    private static final int POSITIONS = 32;
    private static final int VOCABULARY = 61;
    private static final int GLOBAL_MICROBATCHES = 4;
    private static final double LEARNING_RATE = 3e-3;

    private static final GptConfig MODEL = new GptConfig(
            4, 64, 4, POSITIONS, VOCABULARY, 64, 256, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0.1, 0.1, 0.02);

    private CountingTask() {}

    /// The kernels and BLAS that users train with.
    static CpuRuntime openCpu() {
        return CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.Fastest(Path.of("target", "native-cache"))));
    }

    /// Mean loss of each of the first `numSteps` steps at `topology`.
    static List<Double> losses(ParallelTopology topology, CpuRuntime cpu, int numSteps) throws InterruptedException {
        var spec = new RankSpec(
                MODEL,
                topology,
                new RankCoordinate(0, 0, 0),
                new OneForwardOneBackwardSchedule(),
                4,
                GLOBAL_MICROBATCHES / topology.dataSize(),
                POSITIONS,
                1234,
                AdamConfig.defaults());
        return new ParityRun(spec, cpu::newBackend, counting(), LEARNING_RATE).train(numSteps);
    }

    private static TokenSamples counting() {
        return (index, into, offset) -> {
            long by = 1 + index % 3;
            for (int t = 0; t <= POSITIONS; t++) {
                into[offset + t] = (int) ((index * 7 + t * by) % VOCABULARY);
            }
        };
    }
}
