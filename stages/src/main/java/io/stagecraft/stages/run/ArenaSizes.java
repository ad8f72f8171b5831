package io.stagecraft.stages.run;

/// How much memory one rank's arenas need; measured before the run by the code that will use them.
///
/// @param maxRows most rows of a microbatch
/// @param activationBytes of one microbatch in flight
/// @param gradientBytes of each of the two alternating gradient arenas
/// @param scratchBytes of what is computed again in backward, shared by all microbatches
public record ArenaSizes(int maxRows, long activationBytes, long gradientBytes, long scratchBytes) {
    /// The larger of both in every respect.
    ArenaSizes max(ArenaSizes other) {
        return new ArenaSizes(
                Math.max(maxRows, other.maxRows),
                Math.max(activationBytes, other.activationBytes),
                Math.max(gradientBytes, other.gradientBytes),
                Math.max(scratchBytes, other.scratchBytes));
    }
}
