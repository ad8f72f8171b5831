package io.stagecraft.model.gpt;

import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuBackend;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Oracle: PyTorch in double ([TinyGpt2Oracle]), here in single precision. A sum of n = 128 products
/// loses about sqrt(n) 6e-8 = 7e-7 of its size, and four layers with backward are some twenty such sums
/// in a row: 1e-5 relative to the largest element.
class TinyGpt2OnCpuTest {
    private final CpuRuntime runtime =
            CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.Fastest(Path.of("target", "native-cache"))));
    private final CpuBackend backend = runtime.newBackend();
    private final TinyGpt2Checks checks = new TinyGpt2Checks(backend, 1e-5);

    @AfterEach
    void close() {
        checks.close();
        backend.close();
        runtime.close();
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

    /// Adam divides a gradient by its own size. Gradients here are off by about 1e-6 of the largest, so
    /// one of 1e-4 of the largest is off by 1 %, and its three steps of 1e-3 by 3e-5: 1e-4 relative to the
    /// largest weight, about 0.5. The test in double sees the digits below.
    @Test
    void shouldGiveTheWeightsAfterThreeStepsOfAdam() {
        checks.weightsAfterThreeSteps(1e-4);
    }
}
