package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the launcher tells the JVM's compiler about classes that it names: javac does not see those names.
class KernelOptionsTest {
    private static final Path KERNELS = Path.of("../model/src/main/java/io/stagecraft/model/backend/cpu");
    private static final String OPTION = "-XX:CompileCommand=";
    /// Of generation only: training does not wait for it, and compiled early it boxed vectors in some starts.
    private static final String NOT_OF_TRAINING = "FewRows";

    /// Oracle: the kernels' sources. A class of vectors that is not named slows the start down, and one that is gone
    /// stays in the list for ever.
    @ParameterizedTest
    @ValueSource(strings = {"CompileThresholdScaling", "BackgroundCompilation"})
    void shouldNameTheClassesThatTrainWithVectors(String command) throws IOException {
        String prefix = OPTION + command + ",io.stagecraft.model.backend.cpu.";
        List<String> named = Files.readAllLines(Path.of("target/jvm.options")).stream()
                .map(String::strip)
                .filter(line -> line.startsWith(prefix))
                .map(line -> line.substring(prefix.length(), line.indexOf("::")))
                .toList();

        assertThat(named).containsExactlyInAnyOrderElementsOf(classesOfVectors());
    }

    private static List<String> classesOfVectors() throws IOException {
        try (Stream<Path> files = Files.list(KERNELS)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> text(file).contains("import jdk.incubator.vector."))
                    .map(file -> file.getFileName().toString().replace(".java", ""))
                    .filter(name -> !name.equals(NOT_OF_TRAINING))
                    .toList();
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
