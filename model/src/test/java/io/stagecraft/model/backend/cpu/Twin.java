package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;

/// One tensor twice: for the backend under test and for the oracle, with the same contents. The first
/// lies at an odd offset between guards that no operation may touch.
record Twin(CpuBackend cpu, ScalarBackend scalar, Tensor actual, Tensor expected, Tensor guards) {
    /// Floats before and after the tensor.
    static final int GUARD = 33;

    /// What the guards hold.
    static final double SENTINEL = 12345;

    Twin reshape(Shape shape) {
        return new Twin(cpu, scalar, actual.reshape(shape), expected.reshape(shape), guards);
    }

    /// Fails unless each element is within `tolerance * max(1, |expected|)`, and the guards are
    /// untouched.
    void assertClose(String what, double tolerance) {
        for (long i = 0; i < expected.numElements(); i++) {
            double want = scalar.read(expected, i);
            assertThat(cpu.read(actual, i))
                    .as("%s %s, element %d", what, expected, i)
                    .isCloseTo(want, within(tolerance * Math.max(1, Math.abs(want))));
        }
        assertGuarded(what);
    }

    /// Fails unless every element is equal.
    void assertEqual(String what) {
        assertClose(what, 0);
    }

    private void assertGuarded(String what) {
        long num = guards.numElements();
        for (long i = 0; i < GUARD; i++) {
            assertThat(cpu.read(guards, i))
                    .as("%s wrote before its output", what)
                    .isEqualTo(SENTINEL);
            assertThat(cpu.read(guards, num - 1 - i))
                    .as("%s wrote behind its output", what)
                    .isEqualTo(SENTINEL);
        }
    }
}
