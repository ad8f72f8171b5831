package io.stagecraft.actors.config;

import java.util.List;

/// What came of reading a configuration.
public sealed interface ConfigOutcome {
    /// Every setting is valid.
    record Accepted(EffectiveConfig config) implements ConfigOutcome {}

    /// At least one is not; all faults that could be found are here.
    record Refused(List<ConfigFault> faults) implements ConfigOutcome {
        public Refused {
            faults = List.copyOf(faults);
        }
    }
}
