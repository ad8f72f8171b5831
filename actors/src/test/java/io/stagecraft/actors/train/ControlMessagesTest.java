package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.receptionist.Receptionist;
import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.config.ActorSystemConfig;
import io.stagecraft.actors.telemetry.TelemetryHub;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.topology.ParallelTopology;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/// Counts what passes between coordinator and stages, with an agent that puts a counter on either way.
class ControlMessagesTest {
    private static final ParallelTopology TOPOLOGY = new ParallelTopology(2, 2, 1);
    private static final int NUM_STEPS = 5;

    private static final ActorTestKit KIT = ActorTestKit.create(ActorSystemConfig.over(ConfigFactory.load()));

    private final List<StageActor.Command> toStages = new CopyOnWriteArrayList<>();
    private final List<StageReport> toCoordinator = new CopyOnWriteArrayList<>();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    private Behavior<NodeAgent.Command> countingAgent(FakeRanks ranks) {
        return Behaviors.setup(context -> {
            context.getSystem().receptionist().tell(Receptionist.register(NodeAgent.KEY, context.getSelf()));
            return Behaviors.receiveMessage(command -> {
                switch (command) {
                    case NodeAgent.Describe(ActorRef<NodeAgent.Offer> replyTo) ->
                        replyTo.tell(new NodeAgent.Offer(context.getSelf(), 1, 1));
                    case NodeAgent.SpawnStage(var place, int tensorSize, var coordinator, var replyTo) -> {
                        ActorRef<StageReport> back = context.spawnAnonymous(passing(toCoordinator, coordinator));
                        ActorRef<StageActor.Command> stage =
                                context.spawnAnonymous(StageActor.create(place, tensorSize, ranks, back));
                        var counter = context.spawnAnonymous(passing(toStages, stage));
                        replyTo.tell(new NodeAgent.StageSpawned(place, counter));
                    }
                    case NodeAgent.Abort(String reason) -> ranks.abort.abort(reason);
                    default -> throw new IllegalStateException("not for this test: " + command);
                }
                return Behaviors.same();
            });
        });
    }

    /// Stands for `target` and remembers what passes.
    private static <T> Behavior<T> passing(List<T> seen, ActorRef<T> target) {
        return Behaviors.setup(context -> {
            context.watch(target);
            return Behaviors.<T>receive(
                    (_, message) -> {
                        seen.add(message);
                        target.tell(message);
                        return Behaviors.same();
                    },
                    (_, _) -> Behaviors.stopped());
        });
    }

    @Test
    void shouldCostFourMessagesAStepAndStage() throws Exception {
        var ended = new CompletableFuture<RunEnd>();
        KIT.spawn(countingAgent(new FakeRanks(TOPOLOGY, (rank, phase) -> {})));
        var checkpoints = KIT.spawn(CheckpointActor.create(new Fakes.PaperFolder()), CheckpointActor.props());
        KIT.spawn(TrainingCoordinator.create(new TrainingCoordinator.Assignment(
                Fakes.setting(TOPOLOGY, new RunJob.Train(), NUM_STEPS),
                1,
                checkpoints,
                event -> {},
                replyTo -> replyTo.tell(new TelemetryHub.Written()),
                ended::complete)));
        ended.get(60, TimeUnit.SECONDS);

        long told = toStages.stream()
                .filter(command -> command instanceof StageActor.Run(Phase phase) && isOfAStep(phase))
                .count();
        long answered = toCoordinator.stream()
                .filter(report -> report instanceof StageReport.Done(StagePlace _, PhaseResult result)
                        && (result instanceof PhaseResult.Gradients || result instanceof PhaseResult.Updated))
                .count();
        long numStages = TOPOLOGY.pipelineSize();
        assertThat(told + answered).isEqualTo(4 * NUM_STEPS * numStages);
        // What is not of a step: evaluation, checkpoint and sample, the start and the end.
        assertThat(toCoordinator.stream().filter(report -> !(report instanceof StageReport.Done)))
                .hasSize((int) numStages);
    }

    private static boolean isOfAStep(Phase phase) {
        return phase instanceof Phase.TrainStep || phase instanceof Phase.ApplyUpdate;
    }
}
