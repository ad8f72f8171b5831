package io.stagecraft.tests.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.checkpoint.Failpoint;
import io.stagecraft.model.checkpoint.Failpoints;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run in JVMs of their own that die, against the same run in one JVM that does not.
class KilledRunTest {
    private static final ParallelTopology LAYOUT = new ParallelTopology(2, 2, 1);
    private static final int NUM_STEPS = 44;

    @TempDir
    private static Path folder;

    private static ChildRun undisturbed;

    private static ChildRun run(String name) {
        return new ChildRun(folder.resolve(name), LAYOUT, NUM_STEPS, 1, ChildRun.Arithmetic.SCALAR);
    }

    @BeforeAll
    static void trainUndisturbed() throws Exception {
        undisturbed = run("undisturbed");
        assertThat(undisturbed.run()).isZero();
    }

    @Test
    void shouldBeTheSameRunAfterDyingAtEveryPointOfASave() throws Exception {
        ChildRun killed = run("failpoints");
        // One run dies at one point after another: each start goes on with what the one before left, through two
        // checkpoints, so that there is one to replace and one to remove.
        for (Failpoint point : reachable()) {
            assertThat(killed.run("checkpoint.failpoint=" + point.key() + ":2"))
                    .as(point + ", " + killed.output())
                    .isEqualTo(Failpoints.HALTED);
        }

        assertThat(killed.run()).isZero();
        assertThat(killed.finalTensors()).isEqualTo(undisturbed.finalTensors());
        assertThat(killed.records()).isEqualTo(undisturbed.records());
    }

    /// All but the one that only a run comes to which saves a step again.
    private static List<Failpoint> reachable() {
        var points = new ArrayList<>(List.of(Failpoint.values()));
        points.remove(Failpoint.REPLACED_ASIDE);
        return points;
    }

    @Test
    void shouldBeTheSameRunAfterAKill() throws Exception {
        ChildRun killed = run("killed");
        assertThat(killed.kill(20, 0)).isTrue();

        assertThat(killed.run()).isZero();
        assertThat(killed.finalTensors()).isEqualTo(undisturbed.finalTensors());
        assertThat(killed.records()).isEqualTo(undisturbed.records());
    }
}
