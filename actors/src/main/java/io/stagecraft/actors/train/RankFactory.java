package io.stagecraft.actors.train;

import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.topology.RankCoordinate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// Makes the programs of the ranks of one JVM. It knows transport, backend, model and data; the
/// actors know only this.
public interface RankFactory {
    /// Opens the program of `rank`: allocates its memory and opens its links.
    ///
    /// - `onArrival`: to be called by any thread whenever an activation or gradient for this rank
    ///   is complete; never blocks, and may still be called after the program was closed.
    /// - Errors: whatever cannot be allocated or opened; nothing is left open then.
    /// - Thread: the rank's compute thread.
    RankProgram open(RankCoordinate rank, Runnable onArrival);

    /// Completes with the cause when something breaks that all ranks of this JVM borrow, such as
    /// the transport: the run ends with that cause, also when every rank waits for an arrival.
    /// Never completes if nothing can.
    default CompletionStage<String> broken() {
        return new CompletableFuture<>();
    }
}
