package io.stagecraft.tests.benchmark;

import io.stagecraft.actors.train.TrainingPlan;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.StageModel;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.topology.RankCoordinate;

/// What our side of a benchmark trains.
///
/// @param name for the terminal
/// @param spec sizes and layout
/// @param model the layers
/// @param cost of a step
/// @param warmupSteps steps before the first measured one
/// @param measuredSteps how many are measured, >= 1
record BenchmarkTask(
        String name, RankSpec spec, StageModel model, TrainingPlan.StepCost cost, int warmupSteps, int measuredSteps) {
    /// Name of the task whose layers do nothing.
    static final String EMPTY = "empty";

    private static final long SEED = 1337;
    private static final AdamConfig ADAM = new AdamConfig(0.9, 0.95, 1e-8, 0.1);

    /// Wide enough that every tensor rank has a slice of an activation to send.
    static final int EMPTY_HIDDEN = 16;

    private static final int EMPTY_SEQUENCE = 8;
    private static final int EMPTY_WARMUP_STEPS = 3000;
    private static final int EMPTY_MEASURED_STEPS = 1000;

    /// The GPT-2 of `workload`.
    static BenchmarkTask of(Workload workload, Layout layout) {
        // Padding rows are work that the peer does not have: as few as the tensor ranks need.
        int tensorSize = layout.topology().tensorSize();
        int paddedVocabulary = Math.ceilDiv(workload.vocabulary(), tensorSize) * tensorSize;
        var config = new GptConfig(
                workload.layers(),
                workload.hidden(),
                workload.heads(),
                workload.sequence(),
                workload.vocabulary(),
                paddedVocabulary,
                4 * workload.hidden(),
                1e-5,
                Gelu.TANH,
                GptConfig.OutputEmbedding.TIED,
                0,
                0,
                0.02);
        RankSpec spec = spec(config, layout, layout.microBatchSize(workload));
        var cost = new TrainingPlan.StepCost(workload.tokensPerStep(), workload.modelFlopsPerStep());
        return new BenchmarkTask(
                workload.name(), spec, StageModel.gpt(spec), cost, workload.warmupSteps(), workload.measuredSteps());
    }

    /// Layers that do nothing: what is left is coordinator, actors, links and the gathering of
    /// activations.
    static BenchmarkTask empty(Layout layout) {
        int stages = layout.topology().pipelineSize();
        var config = new GptConfig(
                stages,
                EMPTY_HIDDEN,
                1,
                EMPTY_SEQUENCE,
                2,
                2,
                EMPTY_HIDDEN,
                1e-5,
                Gelu.TANH,
                GptConfig.OutputEmbedding.UNTIED,
                0,
                0,
                0.02);
        RankSpec spec = spec(config, layout, 1);
        var cost = new TrainingPlan.StepCost(spec.globalBatchSize() * EMPTY_SEQUENCE, 1);
        return new BenchmarkTask(EMPTY, spec, EmptyModel::build, cost, EMPTY_WARMUP_STEPS, EMPTY_MEASURED_STEPS);
    }

    private static RankSpec spec(GptConfig config, Layout layout, int microBatchSize) {
        return new RankSpec(
                config,
                layout.topology(),
                new RankCoordinate(0, 0, 0),
                new OneForwardOneBackwardSchedule(),
                microBatchSize,
                layout.microbatches(),
                config.maxPositions(),
                SEED,
                ADAM);
    }
}
