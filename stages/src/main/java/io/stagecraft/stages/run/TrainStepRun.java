package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.schedule.StageAction;
import java.util.ArrayList;
import java.util.List;

/// [Phase.TrainStep] on one rank; one object serves all steps.
final class TrainStepRun implements PhaseRun, PipelineWork, AutoCloseable {
    private final RankSpec spec;
    private final Backend backend;
    private final PipelineWalk walk;
    private final GradientReduction gradients;
    private final RankClock clock;
    private final BatchReader reader;
    private final TokenSamples source;
    private final List<StageAction> actions;
    private final LossScale lossScale;
    private final Storage lossSums; // FLOAT64, one for each microbatch: read at the end of the step
    private final double[] weightSums;
    private Phase.TrainStep phase = new Phase.TrainStep(0, 0);
    private boolean isReducing;

    TrainStepRun(RankSpec spec, RankPorts ports, PipelineWalk walk, GradientReduction gradients, RankClock clock) {
        this.spec = spec;
        this.backend = ports.backend();
        this.walk = walk;
        this.gradients = gradients;
        this.clock = clock;
        this.reader = new BatchReader(backend, spec);
        this.source = ports.training();
        this.actions = spec.schedule()
                .actions(spec.coordinate().stage(), spec.topology().pipelineSize(), spec.numMicrobatches());
        this.lossScale = new LossScale(spec.numMicrobatches(), spec.topology().dataSize());
        this.lossSums = backend.allocate((long) spec.numMicrobatches() * DType.FLOAT64.sizeBytes());
        this.weightSums = new double[spec.numMicrobatches()];
    }

    TrainStepRun begin(Phase.TrainStep newPhase) {
        phase = newPhase;
        isReducing = false;
        clock.begin();
        gradients.zero();
        walk.begin(actions, phase.step(), this);
        return this;
    }

    @Override
    public Progress advance() {
        if (walk.advance() == Progress.WAITING) {
            return Progress.WAITING;
        }
        isReducing = true;
        gradients.reduce();
        return Progress.DONE;
    }

    @Override
    public PhaseResult result() {
        var losses = new ArrayList<Double>();
        if (spec.isLastStage()) {
            for (int m = 0; m < spec.numMicrobatches(); m++) {
                losses.add(LossScale.mean(backend.read(lossSum(m), 0), weightSums[m]));
            }
        }
        List<Double> squaredNorms = gradients.squaredNorms();
        return new PhaseResult.Gradients(List.copyOf(losses), squaredNorms, clock.timing(walk));
    }

    @Override
    public String place() {
        return "step " + phase.step() + ", " + (isReducing ? "sum of gradients" : walk.place());
    }

    @Override
    public void load(MicrobatchContext context, int microbatch) {
        reader.load(context, ForwardContext.Mode.TRAINING, source, phase.firstSample(), microbatch);
        context.scaleLoss(lossScale.factor(context.sumOfWeights()));
    }

    @Override
    public void finish(MicrobatchSlot slot, int microbatch, Tensor hidden) {
        // the sum outlives the microbatch's arena: nothing waits for it before the end of the step
        backend.copy(walk.stage().forwardLoss(slot, hidden), lossSum(microbatch));
        weightSums[microbatch] = slot.context().sumOfWeights();
    }

    @Override
    public void close() {
        lossSums.close();
    }

    private Tensor lossSum(int microbatch) {
        return new Tensor(lossSums, (long) microbatch * DType.FLOAT64.sizeBytes(), Shape.of(1), DType.FLOAT64);
    }
}
