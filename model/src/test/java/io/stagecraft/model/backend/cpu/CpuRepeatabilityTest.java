package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.KernelGroup;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same bits from every operation: the first time and the thousandth, interpreted and compiled.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CpuRepeatabilityTest {
    private final CpuRuntime runtime = Twins.open();
    private final CpuBackend backend = runtime.newBackend();
    private final KernelExercise exercise = new KernelExercise(backend);
    private final long first = KernelBits.of(exercise);

    @BeforeAll
    void warmUp() {
        backend.warmUp(EnumSet.allOf(KernelGroup.class));
    }

    @AfterAll
    void close() {
        exercise.close();
        backend.close();
        runtime.close();
    }

    @Test
    void shouldRepeatItselfFromTheFirstCallOn() {
        for (int i = 0; i < 20; i++) {
            assertThat(KernelBits.of(exercise)).isEqualTo(first);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-Xint", "-XX:TieredStopAtLevel=1"})
    void shouldGiveTheSameBitsInterpretedAndCompiled(String compiler) throws IOException, InterruptedException {
        assertThat(outputOf(compiler)).contains("bits " + KernelBits.of(exercise));
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
