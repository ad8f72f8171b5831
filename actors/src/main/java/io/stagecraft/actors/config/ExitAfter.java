package io.stagecraft.actors.config;

import java.time.Duration;

/// When a training run saves and leaves although there is more to do.
public sealed interface ExitAfter {
    /// At the end of the run only.
    record Never() implements ExitAfter {}

    /// Once this time has passed since the program's start.
    record Elapsed(Duration time) implements ExitAfter {
        public Elapsed {
            if (time.isNegative() || time.isZero()) {
                throw new IllegalArgumentException("train.exit-after must be above 0 but is " + time);
            }
        }
    }

    /// When the number of steps done is a multiple of this, whenever the run started (Megatron-LM's
    /// `--exit-interval`).
    record Multiple(long steps) implements ExitAfter {
        public Multiple {
            Range.AT_LEAST_ONE.require("train.exit-after", steps);
        }
    }

    /// After this many steps of this start.
    record Steps(long steps) implements ExitAfter {
        public Steps {
            Range.AT_LEAST_ONE.require("train.exit-after", steps);
        }
    }
}
