package io.stagecraft.actors.train;

import io.stagecraft.actors.cluster.CborSerializable;
import java.util.List;

/// How a run ended.
public sealed interface RunOutcome extends CborSerializable {
    /// What the process ends with: 0, 1, or 128 + the signal.
    int exitCode();

    /// As planned.
    ///
    /// @param iteration steps done
    record Completed(long iteration) implements RunOutcome {
        @Override
        public int exitCode() {
            return 0;
        }
    }

    /// It left before its end, as it was told to by the configuration; the same command goes on.
    ///
    /// @param iteration steps done
    /// @param reason the setting that asked for it
    record Paused(long iteration, String reason) implements RunOutcome {
        @Override
        public int exitCode() {
            return 0;
        }
    }

    /// Something failed.
    ///
    /// @param iteration steps done
    /// @param where rank and place of the first failure
    /// @param cause the failing rank's own message
    /// @param followers ranks that stopped because of it, with their places
    record Failed(long iteration, String where, String cause, List<String> followers) implements RunOutcome {
        @Override
        public int exitCode() {
            return 1;
        }
    }

    /// Somebody stopped it.
    ///
    /// @param iteration steps done
    /// @param signal number of the signal: 2 for SIGINT, 15 for SIGTERM
    record Interrupted(long iteration, int signal) implements RunOutcome {
        @Override
        public int exitCode() {
            return 128 + signal;
        }
    }
}
