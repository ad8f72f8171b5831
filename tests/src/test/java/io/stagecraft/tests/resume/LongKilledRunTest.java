package io.stagecraft.tests.resume;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// 200 steps with kills at any moment, at each layout, with the arithmetic that users train with. Takes minutes:
///
/// ```
/// ./mvnw -pl tests -am test -Dtest=LongKilledRunTest -Dstagecraft.test.excluded=none \
///     -Dsurefire.failIfNoSpecifiedTests=false
/// ```
@Tag("long")
class LongKilledRunTest {
    private static final int NUM_STEPS = 200;
    private static final int NUM_KILLS = 6;

    @TempDir
    private Path folder;

    static Stream<ParallelTopology> layouts() {
        return Stream.of(
                new ParallelTopology(1, 1, 1),
                new ParallelTopology(2, 1, 1),
                new ParallelTopology(1, 2, 1),
                new ParallelTopology(2, 2, 1),
                new ParallelTopology(2, 2, 2));
    }

    private ChildRun run(String name, ParallelTopology layout, int interval) {
        return new ChildRun(folder.resolve(name), layout, NUM_STEPS, interval, ChildRun.Arithmetic.CPU);
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void shouldBeTheSameRunWhenItIsKilledAfterStep77(ParallelTopology layout) throws Exception {
        ChildRun undisturbed = run("undisturbed", layout, 77);
        assertThat(undisturbed.run()).isZero();
        ChildRun killed = run("killed", layout, 77);

        assertThat(killed.run("train.exit-after=77 steps")).isZero();
        // In the midst of the next ones.
        assertThat(killed.kill(10, 0)).isTrue();
        assertThat(killed.run()).isZero();

        assertSame(killed, undisturbed);
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void shouldBeTheSameRunWhenItIsKilledAtAnyMoment(ParallelTopology layout) throws Exception {
        ChildRun undisturbed = run("undisturbed", layout, 3);
        assertThat(undisturbed.run()).isZero();
        ChildRun killed = run("killed", layout, 3);
        // Seeded by the layout; the moments within a step are the machine's.
        var random = new Random(layout.numRanks());

        int numKills = 0;
        for (int i = 0; i < NUM_KILLS; i++) {
            numKills += killed.kill(random.nextInt(60), random.nextInt(50)) ? 1 : 0;
        }

        assertThat(numKills).isGreaterThanOrEqualTo(NUM_KILLS / 2);
        assertThat(killed.run()).isZero();
        assertSame(killed, undisturbed);
    }

    private static void assertSame(ChildRun killed, ChildRun undisturbed) throws Exception {
        assertThat(killed.finalTensors()).isEqualTo(undisturbed.finalTensors());
        assertThat(killed.records()).isEqualTo(undisturbed.records());
    }
}
