package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.config.ActorSystemConfig;
import io.stagecraft.model.checkpoint.ModelSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class CheckpointActorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final ActorTestKit KIT = ActorTestKit.create(ActorSystemConfig.over(ConfigFactory.load()));

    private static final SavedState STATE =
            new SavedState(new ModelSource.Progress(7, 56, 0, 7), Map.of("skipped-iterations", 0));

    private final TestProbe<CheckpointActor.Answer> answers = KIT.createTestProbe(CheckpointActor.Answer.class);

    private static final class FullDisk implements CheckpointFolder {
        @Override
        public Path prepare(long step) {
            return Path.of("step-" + step);
        }

        @Override
        public Durable commit(SavedState state) {
            throw new UncheckedIOException(
                    "cannot write step-" + state.step(), new IOException("No space left on device"));
        }

        @Override
        public void discard(long step) {
            throw new IllegalStateException("cannot delete step-" + step);
        }
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    @Test
    void shouldAnswerWithTheReasonWhenFilesCannotBeWritten() {
        var actor = KIT.spawn(CheckpointActor.create(new FullDisk()), CheckpointActor.props());
        actor.tell(new CheckpointActor.Commit(STATE, answers.getRef()));

        var answer = answers.expectMessageClass(CheckpointActor.NotCommitted.class, PATIENCE);
        assertThat(answer.reason()).contains("cannot write step-7");
    }

    @Test
    void shouldGoOnAfterAFailure() {
        var actor = KIT.spawn(CheckpointActor.create(new FullDisk()), CheckpointActor.props());
        actor.tell(new CheckpointActor.Commit(STATE, answers.getRef()));
        answers.expectMessageClass(CheckpointActor.NotCommitted.class, PATIENCE);
        actor.tell(new CheckpointActor.Discard(7));
        actor.tell(new CheckpointActor.Prepare(8, answers.getRef()));

        answers.expectMessage(PATIENCE, new CheckpointActor.Prepared(Path.of("step-8")));
    }
}
