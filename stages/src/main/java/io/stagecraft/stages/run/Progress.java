package io.stagecraft.stages.run;

/// Where a rank's program stands after it ran all it could.
public enum Progress {
    /// The next action waits for an arrival; call again when one came.
    WAITING,
    /// The phase is done, its result can be taken.
    DONE
}
