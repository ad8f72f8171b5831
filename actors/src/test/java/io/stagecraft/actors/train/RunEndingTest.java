package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.stages.run.RankFailure;
import io.stagecraft.transport.AbortedException;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunEndingTest {
    private static final StagePlace PLACE = new StagePlace(1, 0);

    private final RunEnding ending = new RunEnding(List.of(PLACE));

    private static Fault follower() {
        return Fault.of(PLACE.rank(0), "step 3", new AbortedException("somebody failed"));
    }

    private static Fault own(String cause) {
        return Fault.of(
                PLACE.rank(1),
                "step 3",
                new RankFailure(PLACE.rank(1), "step 3, backward", new ArithmeticException(cause)));
    }

    @Test
    void shouldNameTheFirstRankAtFaultEvenIfAFollowerSpokeFirst() {
        ending.failed(follower());
        ending.failed(own("planted"));
        ending.failed(own("later"));

        assertThat(ending.outcome(2)).isInstanceOfSatisfying(RunOutcome.Failed.class, failed -> {
            assertThat(failed.where()).isEqualTo("stage 1, tensor rank 1, replica 0, step 3, backward");
            assertThat(failed.cause()).isEqualTo("java.lang.ArithmeticException: planted");
        });
    }

    @Test
    void shouldKnowAFollowerByTheAbortInsideItsFailure() {
        var wrapped = new RankFailure(PLACE.rank(0), "step 3", new AbortedException("somebody failed"));

        assertThat(Fault.of(PLACE.rank(0), "step 3", wrapped).kind()).isEqualTo(Fault.Kind.FOLLOWER);
    }

    @Test
    void shouldListFollowersWithTheirPlaces() {
        ending.failed(own("planted"));
        ending.failed(follower());
        ending.quiet(PLACE, List.of("stage 1, tensor rank 2, replica 0, step 3"));

        assertThat(((RunOutcome.Failed) ending.outcome(2)).followers())
                .containsExactly(
                        "stage 1, tensor rank 0, replica 0, step 3", "stage 1, tensor rank 2, replica 0, step 3");
    }

    @Test
    void shouldEndWithTheSignalEvenIfRanksFailBecauseOfIt() {
        ending.interrupted(2);
        ending.failed(follower());

        assertThat(ending.outcome(7)).isEqualTo(new RunOutcome.Interrupted(7, 2));
        assertThat(ending.outcome(7).exitCode()).isEqualTo(130);
    }

    @Test
    void shouldBeQuietWhenAStageEnded() {
        ending.stopped(PLACE);

        assertThat(ending.isQuiet()).isTrue();
    }
}
