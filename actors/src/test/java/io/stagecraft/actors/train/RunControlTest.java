package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankTiming;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RunControlTest {
    private static final ParallelTopology TOPOLOGY = new ParallelTopology(1, 2, 1);
    private static final StagePlace FIRST = new StagePlace(0, 0);
    private static final StagePlace LAST = new StagePlace(1, 0);
    private static final Fault FAULT = new Fault("stage 0", "planted", Fault.Kind.OWN);

    /// Writes down what is asked of it.
    private static final class Notebook implements Crew {
        private final List<String> orders = new ArrayList<>();
        private final List<RunEnd> ends = new ArrayList<>();

        @Override
        public void run(Phase phase) {
            orders.add("run " + PhaseName.of(phase));
        }

        @Override
        public void abandon(String reason) {
            orders.add("abandon: " + reason);
        }

        @Override
        public void leaveInTime() {
            orders.add("leave in time");
        }

        @Override
        public void stopStages() {
            orders.add("stop");
        }

        @Override
        public void prepareCheckpoint(long step) {
            orders.add("prepare " + step);
        }

        @Override
        public void commitCheckpoint(SavedState state) {
            orders.add("commit " + state.step());
        }

        @Override
        public void discardCheckpoint(long step) {
            orders.add("discard " + step);
        }

        @Override
        public void ended(RunEnd end) {
            ends.add(end);
        }
    }

    private final Notebook crew = new Notebook();
    private final TrainingLoop loop =
            new TrainingLoop(Fakes.setting(TOPOLOGY, new RunJob.Train()), event -> {}, System::nanoTime);
    private final RunControl control = new RunControl(StagePlace.all(TOPOLOGY), loop, crew);

    private void startRunning() {
        control.placed();
        control.reported(new StageReport.Ready(FIRST));
        control.reported(new StageReport.Ready(LAST));
    }

    @Test
    void shouldStartWhenAllStagesAreReady() {
        control.reported(new StageReport.Ready(LAST));
        control.placed();
        assertThat(crew.orders).isEmpty();

        control.reported(new StageReport.Ready(FIRST));

        assertThat(crew.orders).containsExactly("run step 1, forward and backward");
    }

    @Test
    void shouldCloseOnlyWhenEveryStageIsQuiet() {
        startRunning();
        control.reported(new StageReport.Failed(FIRST, FAULT));
        control.reported(new StageReport.Quiet(FIRST, List.of()));
        assertThat(crew.orders).endsWith("abandon: stage 0: planted");

        control.reported(new StageReport.Quiet(LAST, List.of()));

        assertThat(crew.orders).endsWith("stop");
    }

    @Test
    void shouldAbandonOnceHoweverManyRanksFail() {
        startRunning();
        control.reported(new StageReport.Failed(FIRST, FAULT));
        control.reported(new StageReport.Failed(LAST, FAULT));

        assertThat(crew.orders).filteredOn(order -> order.startsWith("abandon")).hasSize(1);
    }

    @Test
    void shouldNotWaitForAStageThatIsNeverQuietNorEnds() {
        startRunning();
        control.reported(new StageReport.Failed(FIRST, FAULT));
        control.stageStopped(FIRST);

        assertThat(control.hurry()).contains(LAST.toString());
        assertThat(crew.orders).endsWith("stop");
        control.hurry();

        var outcome = new RunOutcome.Failed(0, "stage 0", "planted", List.of());
        assertThat(crew.ends).containsExactly(new RunEnd(outcome, List.of(LAST)));
    }

    @Test
    void shouldEndWhenTheJvmOfAStageIsGone() {
        startRunning();
        control.stageStopped(LAST);
        control.reported(new StageReport.Quiet(FIRST, List.of()));
        control.stageStopped(FIRST);

        assertThat(crew.ends)
                .singleElement()
                .extracting(RunEnd::outcome)
                .isInstanceOfSatisfying(
                        RunOutcome.Failed.class,
                        failed -> assertThat(failed.where()).isEqualTo(LAST.toString()));
    }

    @Test
    void shouldEndWhenThePlacingFails() {
        control.notPlaced("no nodes");

        assertThat(crew.ends)
                .containsExactly(RunEnd.clean(new RunOutcome.Failed(0, "placement", "no nodes", List.of())));
    }

    @Test
    void shouldEndInOrderWhenTheLoopItselfThrows() {
        startRunning();
        // Losses are missing: the loop refuses.
        var nothing = new PhaseResult.Gradients(List.of(), List.of(), new RankTiming(0, 0, 0, 0));
        control.reported(new StageReport.Done(FIRST, nothing));
        control.reported(new StageReport.Done(LAST, nothing));

        assertThat(crew.orders).last().asString().startsWith("abandon: coordinator, step 0");
    }

    @Test
    void shouldForgetResultsThatComeAfterTheEndBegan() {
        startRunning();
        control.interrupt(2);
        control.leaveNow();
        control.reported(new StageReport.Done(FIRST, new PhaseResult.Updated(1)));
        control.reported(new StageReport.Done(LAST, new PhaseResult.Updated(1)));
        control.stageStopped(FIRST);
        control.stageStopped(LAST);

        assertThat(crew.ends).containsExactly(RunEnd.clean(new RunOutcome.Interrupted(0, 2)));
    }

    private void bothDone(PhaseResult first, PhaseResult last) {
        control.reported(new StageReport.Done(FIRST, first));
        control.reported(new StageReport.Done(LAST, last));
    }

    @Test
    void shouldFinishTheStepAndSaveBeforeItLeaves() {
        startRunning();
        control.interrupt(15);
        var timing = new RankTiming(1, 0, 0, 0);
        bothDone(
                new PhaseResult.Gradients(List.of(), List.of(1.0), timing),
                new PhaseResult.Gradients(List.of(2.0), List.of(1.0), timing));
        bothDone(new PhaseResult.Updated(1), new PhaseResult.Updated(1));

        assertThat(crew.orders)
                .containsExactly(
                        "run step 1, forward and backward", "leave in time", "run step 1, update", "prepare 1");
    }

    @Test
    void shouldStopAnEvaluationWhereItIs() {
        var evaluating = new TrainingLoop(
                Fakes.setting(TOPOLOGY, new RunJob.Evaluate(Path.of("checkpoint"))), event -> {}, System::nanoTime);
        var one = new RunControl(StagePlace.all(TOPOLOGY), evaluating, crew);
        one.placed();
        one.reported(new StageReport.Ready(FIRST));
        one.reported(new StageReport.Ready(LAST));

        one.interrupt(2);

        assertThat(crew.orders).endsWith("abandon: stopped by signal 2");
    }
}
