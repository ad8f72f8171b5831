package io.stagecraft.actors.train;

import io.stagecraft.actors.config.OptimizerConfig;
import io.stagecraft.actors.config.ParallelConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.model.backend.KernelGroup;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.optimizer.GradientClipping;
import io.stagecraft.model.optimizer.LearningRateSchedule;
import io.stagecraft.stages.plan.FlopCount;
import io.stagecraft.stages.run.RankPurpose;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.schedule.GPipeSchedule;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.util.Set;

/// Settings as the values that the rooms below take.
final class RunValues {
    private RunValues() {}

    /// The first rank of the run; [RankSpec#at] gives the others. `sequenceLength` is in tokens.
    /// Throws [IllegalArgumentException] if the batch does not divide.
    static RankSpec rankSpec(StagecraftConfig config, GptConfig model, int sequenceLength) {
        ParallelTopology topology = config.parallel().topology();
        TrainConfig train = config.train();
        int samplesAtOnce = samplesAtOnce(config);
        if (train.globalBatchSize() % samplesAtOnce != 0) {
            throw new IllegalArgumentException("train.global-batch-size must be a multiple of train.micro-batch-size x"
                    + " parallel.data-size but " + train.globalBatchSize() + " % " + samplesAtOnce + " != 0");
        }
        OptimizerConfig optimizer = config.optimizer();
        var spec = new RankSpec(
                model,
                topology,
                new RankCoordinate(0, 0, 0),
                schedule(config.parallel().schedule()),
                train.microBatchSize(),
                train.globalBatchSize() / samplesAtOnce,
                sequenceLength,
                config.run().seed(),
                new AdamConfig(optimizer.beta1(), optimizer.beta2(), optimizer.epsilon(), optimizer.weightDecay()));
        return spec.withRecomputation(train.recompute().recomputation()).with(optimizer.distributed());
    }

    /// The kernels that the ranks of `request` will ask for, as far as it is known before a file is
    /// read.
    static Set<KernelGroup> kernels(RunRequest request) {
        RankPurpose purpose = switch (request.job()) {
            case RunJob.Train _ -> new RankPurpose(RankPurpose.Use.TRAINING, 0, 0);
            case RunJob.Evaluate _, RunJob.Score _ -> RankPurpose.evaluation();
            case RunJob.Generate _ -> RankPurpose.generation(1, 1);
        };
        return purpose.kernels(request.config().model().withVocabulary(1));
    }

    /// Sequences that the replicas take together in one microbatch each.
    static int samplesAtOnce(StagecraftConfig config) {
        return config.train().microBatchSize() * config.parallel().topology().dataSize();
    }

    /// What the step loop has to know. `subject` may have fewer held-back samples than `config`
    /// wants.
    static TrainingPlan plan(StagecraftConfig config, RankSpec spec, RunSubject subject, double charactersPerToken) {
        long tokens = spec.globalBatchSize() * spec.sequenceLength();
        double flops = tokens * new FlopCount(spec.model(), spec.sequenceLength()).perToken();
        return new TrainingPlan(
                subject.train(),
                subject.samples().testSamples(config.train().evalSamples(), samplesAtOnce(config)),
                switch (config.checkpoint().save()) {
                    case ON -> config.checkpoint().interval();
                    case OFF -> TrainingPlan.NEVER_SAVED;
                },
                learningRate(config.optimizer(), config.train()),
                new GradientClipping(config.optimizer().clipGrad()),
                new TrainingPlan.StepCost(tokens, flops),
                charactersPerToken);
    }

    private static LearningRateSchedule learningRate(OptimizerConfig optimizer, TrainConfig train) {
        long wholeRun = (long) train.trainIters() * train.globalBatchSize();
        return new LearningRateSchedule(
                optimizer.learningRate(),
                optimizer.minLearningRate(),
                optimizer.warmupSamples(),
                optimizer.decaySamples() == 0 ? wholeRun : optimizer.decaySamples(),
                switch (optimizer.decayStyle()) {
                    case CONSTANT -> LearningRateSchedule.Decay.CONSTANT;
                    case LINEAR -> LearningRateSchedule.Decay.LINEAR;
                    case COSINE -> LearningRateSchedule.Decay.COSINE;
                    case INVERSE_SQUARE_ROOT -> LearningRateSchedule.Decay.INVERSE_SQUARE_ROOT;
                });
    }

    private static PipelineSchedule schedule(ParallelConfig.Schedule schedule) {
        return switch (schedule) {
            case ONE_FORWARD_ONE_BACKWARD -> new OneForwardOneBackwardSchedule();
            case GPIPE -> new GPipeSchedule();
        };
    }
}
