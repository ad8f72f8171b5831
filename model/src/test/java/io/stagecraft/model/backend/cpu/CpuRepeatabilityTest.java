package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same bits from every operation: the first time and the thousandth, interpreted and compiled.
class CpuRepeatabilityTest {
    @Test
    void shouldRepeatItselfFromTheFirstCallOn() {
        try (CpuRuntime runtime = Twins.open();
                CpuBackend backend = runtime.newBackend();
                KernelExercise exercise = new KernelExercise(backend)) {
            long first = KernelBits.of(exercise);
            backend.warmUp();

            for (int i = 0; i < 20; i++) {
                assertThat(KernelBits.of(exercise)).isEqualTo(first);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1"})
    void shouldGiveTheSameBitsInterpretedAndCompiled(String compiler) throws IOException, InterruptedException {
        try (CpuRuntime runtime = Twins.open();
                CpuBackend backend = runtime.newBackend();
                KernelExercise exercise = new KernelExercise(backend)) {
            backend.warmUp();

            assertThat(outputOf(compiler)).contains("bits " + KernelBits.of(exercise));
        }
    }

    private static String outputOf(String compiler) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        compiler,
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KernelBits.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
