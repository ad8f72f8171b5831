package io.stagecraft.model.gpt;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.tensor.DType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Oracle: PyTorch in double ([TinyGpt2Oracle]). Both sum a few hundred products of numbers of about 1
/// through four layers: 1e-16 times the length of the sums stays below 1e-13; tolerances are 1e-12
/// relative to the largest element.
class TinyGpt2OracleTest {
    private final TinyGpt2Checks checks = new TinyGpt2Checks(new ScalarBackend(DType.FLOAT64), 1e-12);

    @AfterEach
    void close() {
        checks.close();
    }

    @Test
    void shouldGiveTheHiddenStateAfterEveryLayer() {
        checks.hiddenStates();
    }

    @Test
    void shouldGiveTheLogits() {
        checks.logits();
    }

    @Test
    void shouldGiveTheLoss() {
        checks.loss();
    }

    @Test
    void shouldGiveEveryGradient() {
        checks.gradients();
    }

    @Test
    void shouldGiveTheGradientNorm() {
        checks.gradientNorm();
    }

    @Test
    void shouldGiveTheLossesOfThreeSteps() {
        checks.lossesOfThreeSteps();
    }

    /// Adam divides by roots of squares, which loses some digits more: 1e-9.
    @Test
    void shouldGiveTheWeightsAfterThreeStepsOfAdam() {
        checks.weightsAfterThreeSteps(1e-9);
    }
}
