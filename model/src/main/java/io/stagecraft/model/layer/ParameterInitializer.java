package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.random.Philox;
import io.stagecraft.model.random.PhiloxNormal;

/// Gives parameters their first values: each a function of seed, the parameter's name and its place
/// in the global tensor, so that the parts of all layouts are parts of one model.
///
/// - Thread: the rank's compute thread; allocates host memory of one row during a call.
/// - Source of the distributions: Megatron-LM.
public final class ParameterInitializer {
    private final Backend backend;
    private final long seed;

    /// Values for the run with `seed`.
    public ParameterInitializer(Backend backend, long seed) {
        this.backend = backend;
        this.seed = seed;
    }

    /// Fills `parameter.value()`.
    public void initialize(Parameter parameter) {
        switch (parameter.initialization()) {
            case Parameter.Initialization.Constant(double value) -> backend.fill(parameter.value(), value);
            case Parameter.Initialization.Normal(double standardDeviation) -> fillNormal(parameter, standardDeviation);
        }
    }

    private void fillNormal(Parameter parameter, double standardDeviation) {
        long key = Philox.key(seed, parameter.name());
        new ParameterWriter(backend).write(parameter, index -> standardDeviation * PhiloxNormal.at(key, index));
    }
}
