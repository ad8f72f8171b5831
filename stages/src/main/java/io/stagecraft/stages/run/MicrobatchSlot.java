package io.stagecraft.stages.run;

import io.stagecraft.model.layer.LossHead;
import io.stagecraft.model.layer.Pass;
import io.stagecraft.stages.link.ActivationReceiver;
import java.util.ArrayList;
import java.util.List;

/// One microbatch in flight on one stage: its context and what forward left for backward.
final class MicrobatchSlot {
    /// What the last stage's forward left of the loss.
    sealed interface Loss {
        /// There is none, or none yet.
        record None() implements Loss {}

        /// The head's pass.
        record Computed(LossHead.LossPass pass) implements Loss {}
    }

    private static final Loss NO_LOSS = new Loss.None();

    private final MicrobatchContext context;
    private final List<Pass> passes = new ArrayList<>();
    private final List<ActivationReceiver.Arrival> arrivals = new ArrayList<>();
    private Loss loss = NO_LOSS;

    MicrobatchSlot(MicrobatchContext context) {
        this.context = context;
    }

    MicrobatchContext context() {
        return context;
    }

    /// Passes of the stage's layers, first layer first.
    List<Pass> passes() {
        return passes;
    }

    void keepLoss(LossHead.LossPass pass) {
        loss = new Loss.Computed(pass);
    }

    LossHead.LossPass loss() {
        return switch (loss) {
            case Loss.Computed(LossHead.LossPass pass) -> pass;
            case Loss.None _ -> throw new IllegalStateException("this microbatch has no loss yet");
        };
    }

    /// Keeps what arrived for the microbatch until it ends: passes read it where it is.
    void keep(ActivationReceiver.Arrival arrival) {
        arrivals.add(arrival);
    }

    /// Ends the microbatch: its receive buffers are the link's again.
    void clear() {
        passes.clear();
        arrivals.forEach(ActivationReceiver.Arrival::release);
        arrivals.clear();
        loss = NO_LOSS;
    }
}
