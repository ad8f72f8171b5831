package io.stagecraft.actors.train;

import io.stagecraft.stages.run.Phase;

/// What [RunControl] can have done. Nothing here waits; answers come back to it later.
interface Crew {
    /// All stages run `phase`.
    void run(Phase phase);

    /// Ends every wait in every JVM; stages report when they are quiet.
    void abandon(String reason);

    /// Calls [RunControl#leaveNow] when the run has had the time that a signal to stop leaves it.
    void leaveInTime();

    /// All stages close and end.
    void stopStages();

    /// A directory for the shards after `step`.
    void prepareCheckpoint(long step);

    /// The shards of `state` are complete.
    void commitCheckpoint(SavedState state);

    /// The shards after `step` will not be complete.
    void discardCheckpoint(long step);

    /// Nobody is left, or nobody is waited for any more.
    void ended(RunEnd end);
}
