package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunSubjectTest {
    @TempDir
    private Path folder;

    @Test
    void shouldRefuseToEvaluateNothing() {
        var request = new RunRequest(
                Fakes.settings(folder, "train.eval-samples=0"), "", new RunJob.Evaluate(folder), folder, 1);

        assertThatThrownBy(() -> RunSubject.read(request))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("needs train.eval-samples of at least 1");
    }
}
