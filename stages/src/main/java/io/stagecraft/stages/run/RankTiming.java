package io.stagecraft.stages.run;

/// Where a rank's time went in one step, in nanoseconds of wall time on its compute thread.
///
/// @param computeNanos in forward and backward, without the waits below
/// @param collectiveNanos in tensor-parallel collectives, waiting included
/// @param waitNanos waiting for arrivals of the previous or next stage: the bubble
/// @param sendNanos handing bytes to the transport
public record RankTiming(long computeNanos, long collectiveNanos, long waitNanos, long sendNanos) {}
