package io.stagecraft.actors.train;

import io.stagecraft.stages.run.RankFailure;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortedException;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/// Why a rank could not go on, as text, so that it can travel.
///
/// @param where rank and place, for example `stage 1, tensor rank 0, replica 0, step 12, forward of
///     microbatch 3`
/// @param cause the failing rank's own message
/// @param kind whether this rank is at fault
record Fault(String where, String cause, Kind kind) {
    /// Who is at fault.
    public enum Kind {
        /// This rank.
        OWN,
        /// Another one: this rank's wait was ended by the abort of the run.
        FOLLOWER
    }

    /// Reads what a rank threw in `place`; a [RankFailure] knows its place better.
    static Fault of(RankCoordinate rank, String place, Throwable thrown) {
        if (thrown instanceof RankFailure failure) {
            Throwable cause = Optional.ofNullable(failure.getCause()).orElse(failure);
            return new Fault(failure.where(), cause.toString(), kindOf(thrown));
        }
        return new Fault(rank + ", " + place, thrown.toString(), kindOf(thrown));
    }

    private static Kind kindOf(Throwable thrown) {
        boolean aborted = Stream.iterate(thrown, Objects::nonNull, Throwable::getCause)
                .anyMatch(AbortedException.class::isInstance);
        return aborted ? Kind.FOLLOWER : Kind.OWN;
    }
}
