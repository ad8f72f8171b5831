package io.stagecraft.actors.train;

import io.stagecraft.actors.config.ExitAfter;
import java.time.Duration;
import java.util.Locale;

/// Says when `train.exit-after` is reached.
///
/// @param after what was asked for
/// @param firstIteration steps done at this start
/// @param startNanos of the clock, at this start
record ExitWatch(ExitAfter after, long firstIteration, long startNanos) {
    /// Whether to leave after `iteration` steps at `nanos` of the clock.
    Leaving at(long iteration, long nanos) {
        return switch (after) {
            case ExitAfter.Never _ -> new Leaving.Not();
            case ExitAfter.Steps(long steps) ->
                iteration - firstIteration >= steps
                        ? reached(steps == 1 ? "1 step" : steps + " steps")
                        : new Leaving.Not();
            case ExitAfter.Multiple(long steps) ->
                iteration % steps == 0 ? reached("multiple of " + steps + " steps") : new Leaving.Not();
            case ExitAfter.Elapsed(Duration time) ->
                nanos - startNanos >= time.toNanos() ? reached(words(time)) : new Leaving.Not();
        };
    }

    private static Leaving reached(String what) {
        return new Leaving.AsPlanned("train.exit-after = " + what);
    }

    /// `PT2H30M` as `2h 30m`.
    private static String words(Duration time) {
        return time.toString().substring(2).toLowerCase(Locale.ROOT).replaceAll("([hm])(?=.)", "$1 ");
    }
}
