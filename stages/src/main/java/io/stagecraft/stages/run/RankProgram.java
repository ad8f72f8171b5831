package io.stagecraft.stages.run;

/// All that one tensor-parallel rank does, as a plain object: its actor only turns messages into
/// these calls.
///
/// - Errors: whatever a layer, link or file throws, with rank, phase, step and microbatch in the
///   message ([RankFailure]).
/// - Thread: the rank's compute thread, for every method.
public interface RankProgram extends AutoCloseable {
    /// Starts a phase. The phase before it is done.
    void begin(Phase phase);

    /// Runs what can be run without an arrival that is not here yet.
    Progress advance();

    /// The result of the phase that [#advance] said is done.
    PhaseResult result();

    /// Frees tensors and closes links.
    @Override
    void close();
}
