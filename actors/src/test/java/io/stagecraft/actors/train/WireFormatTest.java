package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.config.ActorSystemConfig;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.TelemetryHub;
import io.stagecraft.model.evaluation.ScoredWindow;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.RankTiming;
import io.stagecraft.stages.run.TokenChoice;
import io.stagecraft.stages.run.WindowScore;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every message that may go to another JVM comes back from jackson-cbor as it was.
class WireFormatTest {
    private static final StagePlace PLACE = new StagePlace(1, 2);

    private static final ActorTestKit KIT = ActorTestKit.create(ActorSystemConfig.over(ConfigFactory.load()));

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    static Stream<Object> messages() {
        var timing = new RankTiming(1, 2, 3, 4);
        var fault = new Fault("stage 1", "planted", Fault.Kind.FOLLOWER);
        var reports = KIT.<StageReport>createTestProbe().getRef();
        var spawned = KIT.<NodeAgent.StageSpawned>createTestProbe().getRef();
        var stage = KIT.<StageActor.Command>createTestProbe().getRef();
        var phases = Stream.of(
                        new Phase.TrainStep(3, 24),
                        new Phase.ApplyUpdate(3, 1e-3, 0.5),
                        new Phase.Evaluate(3, 0, 4),
                        new Phase.Evaluate(3, Phase.Evaluate.Split.TEST, 0, 4),
                        new Phase.Score(8, List.of(new ScoredWindow(1, 4), ScoredWindow.none())),
                        new Phase.Generate(
                                List.of(1, 0),
                                List.of(List.of(1, 2), List.of(3, 4)),
                                7,
                                new TokenChoice.Draw(
                                        new SamplingSettings(0.5, 0, 0.9, 3),
                                        9,
                                        List.of(-1, 5),
                                        TokenChoice.Report.LOG_PROBABILITIES,
                                        TokenChoice.Forbidden.NOTHING)),
                        new Phase.Generate(
                                List.of(List.of(1)), 0, new TokenChoice.Best(4, TokenChoice.Forbidden.NOTHING)),
                        new Phase.Save(3, Path.of("/a/b")),
                        new Phase.Load(Path.of("/a/b")))
                .map(StageActor.Run::new);
        var results = Stream.of(
                        new PhaseResult.Gradients(List.of(1.5), List.of(0.1, 2.0), timing),
                        new PhaseResult.Updated(3),
                        new PhaseResult.Evaluated(1.5, 2, 0.75, 1),
                        new PhaseResult.Scored(List.of(new WindowScore(8, List.of(-0.5, -2.0), 1))),
                        new PhaseResult.Generated(List.of(List.of(4)), List.of(List.of(-0.5))),
                        new PhaseResult.Saved(3),
                        new PhaseResult.Loaded())
                .map(result -> new StageReport.Done(PLACE, result));
        var others = Stream.of(
                new StageActor.Abandon("planted"),
                new StageActor.Stop(),
                new StageReport.Ready(PLACE),
                new StageReport.NotSaved(PLACE, "disk full"),
                new StageReport.Failed(PLACE, fault),
                new StageReport.Quiet(PLACE, List.of("rank")),
                new NodeAgent.Abort("planted"),
                new NodeAgent.SpawnStage(PLACE, 2, reports, spawned),
                new NodeAgent.StageSpawned(PLACE, stage),
                new TrainingCoordinator.Interrupt(2),
                new RunOutcome.Failed(3, "stage 1", "planted", List.of("rank")),
                new TelemetryHub.Publish(new RunEvent.CheckpointCommitted(3, Path.of("/a"), 4, 5)),
                new TelemetryHub.Delivered(new RunEvent.CheckpointFailed(3, "disk full"), 2),
                new TelemetryHub.RecentEvents(List.of(new RunEvent.RunCompleted(3, 1.5))));
        return Stream.of(phases, results, others).flatMap(stream -> stream);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void shouldComeBackFromTheWireAsItWas(Object message) {
        assertThat(KIT.serializationTestKit().verifySerialization(message, false))
                .isEqualTo(message);
    }
}
