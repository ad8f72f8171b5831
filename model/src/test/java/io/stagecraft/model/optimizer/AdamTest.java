package io.stagecraft.model.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterFactory;
import io.stagecraft.model.layer.ParameterStore;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The arithmetic is tested with the backends and against PyTorch; here, groups and the step count.
class AdamTest {
    private static final AdamConfig CONFIG = new AdamConfig(0.9, 0.99, 1e-8, 0.5);

    private final ScalarBackend backend = new ScalarBackend(DType.FLOAT64);
    private final ParameterStore store = ParameterStore.allocate(backend, ParameterStore.measure(backend, factory -> {
        create(factory, "matrix", Shape.of(1, 2));
        create(factory, "vector", Shape.of(2));
    }));
    private final Parameter matrix = create(store, "matrix", Shape.of(1, 2));
    private final Parameter vector = create(store, "vector", Shape.of(2));

    private static Parameter create(ParameterFactory factory, String name, Shape shape) {
        return factory.create(name, shape, new TensorPartition.Replicated(), new Parameter.Initialization.Constant(0));
    }

    @AfterEach
    void close() {
        store.close();
    }

    @Test
    void shouldDecayMatricesButNotVectors() {
        backend.fill(matrix.value(), 1);
        backend.fill(vector.value(), 1);
        new Adam(backend, CONFIG, store.trained(), 0).step(0.1, 1);
        // a gradient of zero makes no other step: 1 - 0.1 * 0.5
        assertThat(backend.read(matrix.value(), 1)).isEqualTo(0.95);
        assertThat(backend.read(vector.value(), 1)).isEqualTo(1);
    }

    /// The first step is of size lr whatever the gradient; without its correction a tenth of it.
    @Test
    void shouldCorrectTheBiasOfTheFirstStep() {
        backend.fill(vector.gradient(), -7);
        new Adam(backend, CONFIG, store.trained(), 0).step(0.1, 1);
        // epsilon 1e-8 beside 7, and roundings
        assertThat(backend.read(vector.value(), 0)).isCloseTo(0.1, within(1e-9));
    }

    @Test
    void shouldGoOnCountingAfterEarlierSteps() {
        var adam = new Adam(backend, CONFIG, store.trained(), 41);
        adam.step(0.1, 1);
        assertThat(adam.numSteps()).isEqualTo(42);
    }

    @Test
    void shouldChangeNothingAtRateZero() {
        backend.fill(matrix.value(), 3);
        backend.fill(matrix.gradient(), 5);
        new Adam(backend, CONFIG, store.trained(), 0).step(0, 1);
        assertThat(backend.read(matrix.value(), 0)).isEqualTo(3);
    }

    @Test
    void shouldRefuseADecayOfOne() {
        assertThatThrownBy(() -> new AdamConfig(1, 0.999, 1e-8, 0)).hasMessage("beta1 must be in [0, 1) but is 1.0");
    }
}
