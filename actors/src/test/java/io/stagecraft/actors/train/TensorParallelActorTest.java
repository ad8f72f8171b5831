package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.config.ActorSystemConfig;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.Progress;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.topology.RankCoordinate;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TensorParallelActorTest {
    private static final RankCoordinate RANK = new RankCoordinate(0, 0, 0);
    private static final Phase STEP = new Phase.TrainStep(1, 0);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final ActorTestKit KIT = ActorTestKit.create(ActorSystemConfig.over(ConfigFactory.load()));

    private final TestProbe<RankAnswer> answers = KIT.createTestProbe(RankAnswer.class);
    private final AtomicInteger numAdvances = new AtomicInteger();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final CompletableFuture<Runnable> bell = new CompletableFuture<>();

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    private final class Scripted implements RankProgram {
        private final Supplier<Progress> script;

        Scripted(Supplier<Progress> script) {
            this.script = script;
        }

        @Override
        public void begin(Phase phase) {}

        @Override
        public Progress advance() {
            numAdvances.incrementAndGet();
            return script.get();
        }

        @Override
        public PhaseResult result() {
            return new PhaseResult.Updated(1);
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    private ActorRef<TensorParallelActor.Command> spawn(Supplier<Progress> script) {
        RankFactory factory = (rank, onArrival) -> {
            bell.complete(onArrival);
            return new Scripted(script);
        };
        ActorRef<TensorParallelActor.Command> actor = KIT.spawn(
                TensorParallelActor.create(RANK, factory, answers.getRef()::tell), TensorParallelActor.props());
        answers.expectMessage(PATIENCE, new RankAnswer.Opened());
        return actor;
    }

    @Test
    void shouldLoseNoWakeUpOfTenThousandArrivals() {
        int numArrivals = 10_000;
        var arrived = new AtomicInteger();
        var actor = spawn(() -> arrived.get() < numArrivals ? Progress.WAITING : Progress.DONE);
        actor.tell(new TensorParallelActor.Run(STEP));

        Thread.ofPlatform().start(() -> {
            for (int i = 0; i < numArrivals; i++) {
                arrived.incrementAndGet();
                bell.join().run();
            }
        });

        // Without the wake-up after the last arrival the answer would never come.
        answers.expectMessage(PATIENCE, new RankAnswer.Done(new PhaseResult.Updated(1)));
    }

    @Test
    void shouldLoseNoWakeUpWhenEachArrivalIsWaitedFor() throws Exception {
        int numArrivals = 10_000;
        var arrived = new AtomicInteger();
        var seen = new AtomicInteger();
        var actor = spawn(() -> {
            seen.set(arrived.get());
            return seen.get() < numArrivals ? Progress.WAITING : Progress.DONE;
        });
        actor.tell(new TensorParallelActor.Run(STEP));

        Thread poller = Thread.ofPlatform().start(() -> {
            for (int i = 1; i <= numArrivals; i++) {
                arrived.set(i);
                bell.join().run();
                while (seen.get() < i) {
                    Thread.onSpinWait();
                    Thread.yield();
                }
            }
        });

        answers.expectMessage(PATIENCE, new RankAnswer.Done(new PhaseResult.Updated(1)));
        assertThat(poller.join(PATIENCE)).isTrue();
    }

    @Test
    void shouldSeeAnArrivalThatComesJustBehindItsLook() {
        var arrived = new AtomicInteger();
        var hasLooked = new CountDownLatch(1);
        var actor = spawn(() -> {
            int seen = arrived.get();
            hasLooked.countDown();
            if (seen == 1) {
                arrived.incrementAndGet();
                bell.join().run();
            }
            return seen < 2 ? Progress.WAITING : Progress.DONE;
        });
        actor.tell(new TensorParallelActor.Run(STEP));
        awaitUninterruptibly(hasLooked);
        arrived.incrementAndGet();
        bell.join().run();

        answers.expectMessage(PATIENCE, new RankAnswer.Done(new PhaseResult.Updated(1)));
    }

    @Test
    void shouldKeepAtMostOneArrivalMessageInTheMailbox() {
        var hold = new CountDownLatch(1);
        var actor = spawn(() -> {
            awaitUninterruptibly(hold);
            return numAdvances.get() < 2 ? Progress.WAITING : Progress.DONE;
        });
        actor.tell(new TensorParallelActor.Run(STEP));
        for (int i = 0; i < 1000; i++) {
            bell.join().run();
        }
        hold.countDown();

        answers.expectMessage(PATIENCE, new RankAnswer.Done(new PhaseResult.Updated(1)));
        actor.tell(new TensorParallelActor.Run(STEP));
        answers.expectMessage(PATIENCE, new RankAnswer.Done(new PhaseResult.Updated(1)));
        // One for the first phase, one for all 1000 arrivals, one for the second phase.
        assertThat(numAdvances).hasValue(3);
    }

    @Test
    void shouldStayOpenAfterAFailureUntilItIsStopped() {
        var actor = spawn(() -> {
            throw new IllegalStateException("planted");
        });
        actor.tell(new TensorParallelActor.Run(STEP));

        answers.expectMessageClass(RankAnswer.Failed.class, PATIENCE);
        assertThat(closed.getCount()).isEqualTo(1);

        actor.tell(new TensorParallelActor.Abandon());
        answers.expectMessage(PATIENCE, new RankAnswer.Quiet(""));
        actor.tell(new TensorParallelActor.Stop());
        answers.expectTerminated(actor, PATIENCE);
        assertThat(closed.getCount()).isZero();
    }

    @Test
    void shouldTurnAnErrorIntoAnAnswer() {
        var actor = spawn(() -> {
            throw new LinkageError("no such native");
        });
        actor.tell(new TensorParallelActor.Run(STEP));

        var failed = answers.expectMessageClass(RankAnswer.Failed.class, PATIENCE);
        assertThat(failed.fault().cause()).contains("no such native");
    }

    @Test
    void shouldSayWhatItHadNotFinished() {
        var actor = spawn(() -> Progress.WAITING);
        actor.tell(new TensorParallelActor.Run(STEP));
        actor.tell(new TensorParallelActor.Abandon());

        answers.expectMessage(PATIENCE, new RankAnswer.Quiet(RANK + ", step 1, forward and backward"));
    }

    @Test
    void shouldCloseWhenStoppedWhileWaiting() {
        var actor = spawn(() -> Progress.WAITING);
        actor.tell(new TensorParallelActor.Run(STEP));
        actor.tell(new TensorParallelActor.Stop());

        answers.expectTerminated(actor, PATIENCE);
        assertThat(closed.getCount()).isZero();
    }

    @Test
    void shouldBearArrivalsAfterItEnded() {
        var actor = spawn(() -> Progress.WAITING);
        actor.tell(new TensorParallelActor.Stop());
        answers.expectTerminated(actor, PATIENCE);
        var deadLetters = KIT.createDeadLetterProbe();

        bell.join().run();

        deadLetters.expectNoMessage(Duration.ofMillis(200));
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
