package io.stagecraft.actors.train;

import io.stagecraft.actors.config.EvaluationOrder;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEvent.Evaluated.Occasion;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import java.util.ArrayList;
import java.util.List;

/// Which evaluations a run owes after a step, on which samples, and what they say.
///
/// - Source: Megatron-LM, `training.py`, `pretrain`.
///
/// @param plan of the run
record Evaluations(TrainingPlan plan) {
    /// Evaluations after the step at which `state` stands, in order. Megatron-LM's iterator goes on
    /// once more at the end of the run, whether or not an interval ends there too; then follows the
    /// test part.
    List<Occasion> after(LoopState state) {
        boolean isTrained = state.iteration() >= plan.train().trainIters();
        boolean isValidated = plan.train().evalSamples() > 0;
        int interval = plan.train().evalInterval();
        var due = new ArrayList<Occasion>(3);
        if (isValidated && interval > 0 && state.iteration() % interval == 0 && (goesOn() || !isTrained)) {
            due.add(Occasion.INTERVAL);
        }
        if (isValidated && isTrained) {
            due.add(Occasion.END);
        }
        if (isTrained && plan.testSamples() > 0) {
            due.add(Occasion.TEST);
        }
        return due;
    }

    /// Whether a start that finds all steps and evaluations done evaluates the end once more, with
    /// the samples that come next, as Megatron-LM does. In [EvaluationOrder] `FIXED` the values
    /// would be the same.
    boolean isEndRepeated(LoopState state) {
        List<Occasion> due = after(state);
        return goesOn() && (due.contains(Occasion.END) || due.contains(Occasion.TEST));
    }

    /// Where the run stands before the evaluations of the end.
    LoopState beforeEnd(LoopState state) {
        return state.withEvaluationsHere(after(state).getFirst() == Occasion.INTERVAL ? 1 : 0);
    }

    private boolean goesOn() {
        return plan.train().evalOrder() == EvaluationOrder.CONTINUING;
    }

    /// The evaluation of `occasion` at `state`.
    Phase.Evaluate phase(Occasion occasion, LoopState state) {
        return switch (occasion) {
            case INTERVAL, END ->
                new Phase.Evaluate(
                        state.iteration(),
                        state.consumedValidSamples(),
                        plan.train().evalSamples());
            case TEST -> new Phase.Evaluate(state.iteration(), Phase.Evaluate.Split.TEST, 0, plan.testSamples());
        };
    }

    /// What came of it.
    RunEvent.Evaluated event(Occasion occasion, LoopState state, List<PhaseResult> results) {
        PhaseResult.Evaluated total = StageResults.evaluation(results);
        double loss = total.meanOfMeans();
        return new RunEvent.Evaluated(
                state.iteration(),
                occasion,
                loss,
                Math.exp(Math.min(20, loss)),
                loss / plan.charactersPerToken(),
                Math.round(total.numTokens()));
    }

    /// Where the run stands behind it.
    LoopState behind(Occasion occasion, LoopState state) {
        return state.evaluated(
                goesOn() && occasion != Occasion.TEST ? plan.train().evalSamples() : 0);
    }
}
