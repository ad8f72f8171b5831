package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.link.ActivationReceiver;
import io.stagecraft.stages.link.ActivationSender;
import io.stagecraft.stages.schedule.StageAction;
import io.stagecraft.transport.AbortSignal;
import java.util.List;

/// Walks a stage's list of actions: never reorders it, only waits for arrivals.
///
/// - Thread: the rank's compute thread.
final class PipelineWalk {
    /// One rank's stage, memory and neighbours, and the signal that ends its walk between two
    /// actions.
    record Parts(
            AbortSignal signal,
            Backend backend,
            int hiddenSize,
            PipelineStage stage,
            ActivationStash stash,
            Neighbour previous,
            Neighbour next) {}

    private final Parts parts;
    private List<StageAction> actions = List.of();
    private int nextAction;
    private boolean keepsActivations;
    private long step;
    private PipelineWork work = new NoWork();
    private long busyNanos;
    private long waitNanos;
    private long waitingSince;
    private boolean waiting;

    PipelineWalk(Parts parts) {
        this.parts = parts;
    }

    PipelineStage stage() {
        return parts.stage();
    }

    /// Starts at the first action. `newStep` goes with every message.
    void begin(List<StageAction> newActions, long newStep, PipelineWork newWork) {
        actions = newActions;
        keepsActivations = newActions.stream().anyMatch(StageAction::endsBackward);
        nextAction = 0;
        step = newStep;
        work = newWork;
        busyNanos = 0;
        waitNanos = 0;
        waiting = false;
    }

    /// Runs actions until the next one lacks its arrival, or to the end.
    ///
    /// - Errors: [io.stagecraft.transport.AbortedException] between two actions once the run is
    ///   aborted: a rank that waits for nobody stops too.
    Progress advance() {
        if (waiting) {
            waitNanos += System.nanoTime() - waitingSince;
            waiting = false;
        }
        while (nextAction < actions.size()) {
            StageAction action = actions.get(nextAction);
            if (!canStart(action)) {
                waiting = true;
                waitingSince = System.nanoTime();
                return Progress.WAITING;
            }
            parts.signal().check();
            long start = System.nanoTime();
            run(action);
            busyNanos += System.nanoTime() - start;
            nextAction++;
        }
        return Progress.DONE;
    }

    /// The action that runs or waits, for messages.
    String place() {
        if (nextAction >= actions.size()) {
            return "after the last microbatch";
        }
        StageAction action = actions.get(nextAction);
        String what = switch (action) {
            case StageAction.Forward _ -> "forward";
            case StageAction.Backward _ -> "backward";
            case StageAction.BackwardInput _ -> "input gradient";
            case StageAction.BackwardWeight _ -> "weight gradient";
        };
        return what + " of microbatch " + action.microbatch();
    }

    /// Wall time of all actions so far, with their sends and collectives.
    long busyNanos() {
        return busyNanos;
    }

    /// Wall time between actions, waiting for arrivals.
    long waitNanos() {
        return waitNanos;
    }

    private boolean canStart(StageAction action) {
        return switch (action) {
            case StageAction.Forward _ -> parts.previous().hasArrival();
            case StageAction.Backward _, StageAction.BackwardInput _ ->
                parts.next().hasArrival();
            case StageAction.BackwardWeight _ -> true;
        };
    }

    private void run(StageAction action) {
        int microbatch = action.microbatch().index();
        switch (action) {
            case StageAction.Forward _ -> forward(microbatch);
            case StageAction.Backward _ -> backward(microbatch);
            case StageAction.BackwardInput _ -> backwardInput(microbatch);
            case StageAction.BackwardWeight _ -> backwardWeight(microbatch);
        }
    }

    private void forward(int microbatch) {
        MicrobatchSlot slot = parts.stash().begin(microbatch);
        MicrobatchContext context = slot.context();
        work.load(context, microbatch);
        Tensor x = switch (parts.previous()) {
            case Neighbour.None _ -> context.arena().allocate(parts.backend().dtype(), Shape.of(0));
            case Neighbour.Stage(ActivationReceiver receiver, ActivationSender _) ->
                receive(receiver, slot, microbatch);
        };
        Tensor y = parts.stage().forward(slot, x);
        switch (parts.next()) {
            case Neighbour.None _ -> work.finish(slot, microbatch, y);
            case Neighbour.Stage(ActivationReceiver _, ActivationSender sender) -> sender.send(step, microbatch, y);
        }
        if (!keepsActivations) {
            parts.stash().end(microbatch);
        }
    }

    private void backward(int microbatch) {
        MicrobatchSlot slot = parts.stash().of(microbatch);
        Tensor dY = switch (parts.next()) {
            case Neighbour.None _ -> parts.stage().backwardLoss(slot);
            case Neighbour.Stage(ActivationReceiver receiver, ActivationSender _) ->
                receive(receiver, slot, microbatch);
        };
        sendGradient(microbatch, parts.stage().backward(slot, dY));
        parts.stage().finishBackward(slot);
        parts.stash().end(microbatch);
    }

    private void backwardInput(int microbatch) {
        MicrobatchSlot slot = parts.stash().of(microbatch);
        slot.context().keepGradients();
        Tensor dY = switch (parts.next()) {
            case Neighbour.None _ -> slot.loss().backwardInput();
            case Neighbour.Stage(ActivationReceiver receiver, ActivationSender _) ->
                receive(receiver, slot, microbatch);
        };
        sendGradient(microbatch, parts.stage().backwardInput(slot, dY));
    }

    private void backwardWeight(int microbatch) {
        MicrobatchSlot slot = parts.stash().of(microbatch);
        if (parts.next() instanceof Neighbour.None) {
            slot.loss().backwardWeight();
        }
        parts.stage().backwardWeight(slot);
        parts.stash().end(microbatch);
    }

    private void sendGradient(int microbatch, Tensor dX) {
        switch (parts.previous()) {
            case Neighbour.None _ -> {
                // token ids have no gradient
            }
            case Neighbour.Stage(ActivationReceiver _, ActivationSender sender) -> sender.send(step, microbatch, dX);
        }
    }

    /// What arrived, where it arrived: the slot gives the receive buffer back when the microbatch
    /// ends.
    private Tensor receive(ActivationReceiver receiver, MicrobatchSlot slot, int microbatch) {
        var shape = Shape.of(slot.context().shape().rows(), parts.hiddenSize());
        ActivationReceiver.Arrival arrival = receiver.receive(step, microbatch, shape);
        slot.keep(arrival);
        return arrival.x();
    }

    private static final class NoWork implements PipelineWork {
        @Override
        public void load(MicrobatchContext context, int microbatch) {
            throw new IllegalStateException("no phase has begun");
        }

        @Override
        public void finish(MicrobatchSlot slot, int microbatch, Tensor hidden) {
            throw new IllegalStateException("no phase has begun");
        }
    }
}
