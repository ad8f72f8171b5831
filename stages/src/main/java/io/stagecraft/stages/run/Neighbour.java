package io.stagecraft.stages.run;

import io.stagecraft.stages.link.ActivationReceiver;
import io.stagecraft.stages.link.ActivationSender;

/// What lies beyond one end of a stage.
sealed interface Neighbour extends AutoCloseable {
    /// The end of the pipeline.
    record None() implements Neighbour {
        @Override
        public boolean hasArrival() {
            return true; // tokens and losses are here, nothing has to arrive
        }

        @Override
        public long takeSendNanos() {
            return 0;
        }

        @Override
        public void close() {
            // nothing was opened
        }
    }

    /// Another stage, by a link each way.
    record Stage(ActivationReceiver receiver, ActivationSender sender) implements Neighbour {
        @Override
        public boolean hasArrival() {
            return receiver.hasArrival();
        }

        @Override
        public long takeSendNanos() {
            return sender.takeNanos();
        }

        @Override
        public void close() {
            receiver.close();
            sender.close();
        }
    }

    /// Whether an action that takes something from there can start.
    boolean hasArrival();

    /// Wall time of sends since the last call.
    long takeSendNanos();

    @Override
    void close();
}
