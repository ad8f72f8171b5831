package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.layer.ForwardContext;
import io.stagecraft.model.tensor.Tensor;

/// [Phase.Evaluate] on one rank.
final class EvaluateRun implements PhaseRun, PipelineWork {
    private final RankSpec spec;
    private final Backend backend;
    private final PipelineWalk walk;
    private final BatchReader reader;
    private final RankPorts ports;
    private Phase.Evaluate phase = new Phase.Evaluate(0, 0, 0);
    private double lossSum;
    private double numTokens;
    private double meanSum;
    private int numMicrobatches;

    EvaluateRun(RankSpec spec, RankPorts ports, PipelineWalk walk) {
        this.spec = spec;
        this.backend = ports.backend();
        this.walk = walk;
        this.reader = new BatchReader(backend, spec);
        this.ports = ports;
    }

    EvaluateRun begin(Phase.Evaluate newPhase) {
        int toRun = spec.numMicrobatchesOf(newPhase.numSamples());
        phase = newPhase;
        lossSum = 0;
        numTokens = 0;
        meanSum = 0;
        numMicrobatches = 0;
        walk.begin(spec.forwardActions(toRun), newPhase.step(), this);
        return this;
    }

    @Override
    public Progress advance() {
        return walk.advance();
    }

    @Override
    public PhaseResult result() {
        return new PhaseResult.Evaluated(lossSum, numTokens, meanSum, numMicrobatches);
    }

    @Override
    public String place() {
        return "evaluation after step " + phase.step() + ", " + walk.place();
    }

    @Override
    public void load(MicrobatchContext context, int microbatch) {
        TokenSamples source = switch (phase.split()) {
            case VALIDATION -> ports.validation();
            case TEST -> ports.test();
        };
        reader.load(context, ForwardContext.Mode.EVALUATION, source, phase.firstSample(), microbatch);
    }

    @Override
    public void finish(MicrobatchSlot slot, int microbatch, Tensor hidden) {
        double loss = backend.read(walk.stage().forwardLoss(slot, hidden), 0);
        double weights = slot.context().sumOfWeights();
        lossSum += loss;
        numTokens += weights;
        meanSum += LossScale.mean(loss, weights);
        numMicrobatches++;
    }
}
