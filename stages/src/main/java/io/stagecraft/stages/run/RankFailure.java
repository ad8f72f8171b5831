package io.stagecraft.stages.run;

import io.stagecraft.stages.topology.RankCoordinate;

/// A rank could not go on: who, where in the run, and why.
public final class RankFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String where;

    /// `place` says phase, step and microbatch, for example `step 12, forward of microbatch 3`.
    public RankFailure(RankCoordinate rank, String place, Throwable cause) {
        super(rank + ", " + place + ": " + cause, cause);
        this.where = rank + ", " + place;
    }

    /// Rank and place, for example `stage 1, tensor rank 0, replica 0, step 12, forward of
    /// microbatch 3`.
    public String where() {
        return where;
    }
}
