package io.stagecraft.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import com.typesafe.config.ConfigFactory;
import io.stagecraft.actors.config.ActorSystemConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class TelemetryHubTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final ActorTestKit KIT = ActorTestKit.create(ActorSystemConfig.over(ConfigFactory.load()));

    private final TestProbe<TelemetryHub.Delivered> subscriber = KIT.createTestProbe(TelemetryHub.Delivered.class);
    private final TestProbe<TelemetryHub.RecentEvents> asker = KIT.createTestProbe(TelemetryHub.RecentEvents.class);

    private static final class Written implements RunEventSink {
        private final List<RunEvent> events = new CopyOnWriteArrayList<>();
        private final CountDownLatch mayGoOn;
        private final CountDownLatch closed = new CountDownLatch(1);

        Written(int numToWaitFor) {
            this.mayGoOn = new CountDownLatch(numToWaitFor);
        }

        @Override
        public void accept(RunEvent event) {
            try {
                mayGoOn.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            events.add(event);
        }

        @Override
        public void close() {
            closed.countDown();
        }
    }

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    private static RunEvent event(long iteration) {
        return new RunEvent.RunCompleted(iteration, 1);
    }

    @Test
    void shouldLetEventsPassBySlowSubscribersAndCountThem() {
        var hub = KIT.spawn(TelemetryHub.create(List.of()));
        hub.tell(new TelemetryHub.Subscribe(subscriber.getRef(), 2));
        for (int i = 0; i < 5; i++) {
            hub.tell(new TelemetryHub.Publish(event(i)));
        }
        subscriber.expectMessage(PATIENCE, new TelemetryHub.Delivered(event(0), 0));
        subscriber.expectMessage(PATIENCE, new TelemetryHub.Delivered(event(1), 0));

        hub.tell(new TelemetryHub.Acknowledged(subscriber.getRef()));
        hub.tell(new TelemetryHub.Publish(event(5)));

        // 2, 3 and 4 came while two were unacknowledged.
        subscriber.expectMessage(PATIENCE, new TelemetryHub.Delivered(event(5), 3));
    }

    @Test
    void shouldKeepTheLastEventsOnly() {
        var hub = KIT.spawn(TelemetryHub.create(List.of()));
        for (int i = 0; i < 300; i++) {
            hub.tell(new TelemetryHub.Publish(event(i)));
        }
        hub.tell(new TelemetryHub.Recent(asker.getRef()));

        var expected =
                IntStream.range(44, 300).mapToObj(TelemetryHubTest::event).toList();
        assertThat(asker.receiveMessage(PATIENCE).events()).isEqualTo(expected);
    }

    @Test
    void shouldAnswerWhileASinkBlocks() {
        var sink = new Written(1);
        var hub = KIT.spawn(TelemetryHub.create(List.of(sink)));
        hub.tell(new TelemetryHub.Publish(event(1)));
        hub.tell(new TelemetryHub.Recent(asker.getRef()));

        assertThat(asker.receiveMessage(PATIENCE).events()).hasSize(1);
        sink.mayGoOn.countDown();
    }

    @Test
    void shouldWriteAllEventsBeforeItCloses() throws Exception {
        var sink = new Written(0);
        var hub = KIT.spawn(TelemetryHub.create(List.of(sink)));
        for (int i = 0; i < 100; i++) {
            hub.tell(new TelemetryHub.Publish(event(i)));
        }
        hub.tell(new TelemetryHub.Close());

        asker.expectTerminated(hub, PATIENCE);
        assertThat(sink.events).hasSize(100);
        assertThat(sink.closed.getCount()).isZero();
    }

    @Test
    void shouldOutliveASinkThatFails() {
        var failing = new RunEventSink() {
            @Override
            public void accept(RunEvent event) {
                throw new IllegalStateException("planted");
            }

            @Override
            public void close() {}
        };
        var good = new Written(0);
        var hub = KIT.spawn(TelemetryHub.create(List.of(failing, good)));
        hub.tell(new TelemetryHub.Publish(event(1)));
        hub.tell(new TelemetryHub.Publish(event(2)));
        hub.tell(new TelemetryHub.Close());

        asker.expectTerminated(hub, PATIENCE);
        assertThat(good.events).containsExactly(event(1), event(2));
    }
}
