package io.stagecraft.stages.run;

/// One phase while it runs on one rank.
interface PhaseRun {
    /// Runs what can be run without an arrival that is not here yet.
    Progress advance();

    /// The answer; only after [Progress#DONE].
    PhaseResult result();

    /// Where it is, for messages: `step 12, forward of microbatch 3`.
    String place();
}
