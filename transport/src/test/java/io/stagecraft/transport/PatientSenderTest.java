package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatientSenderTest {
    private static final MemorySegment NOTHING = MemorySegment.NULL;

    @Test
    void shouldGoOnUntilTheWholeMessageIsOnItsWay() {
        var link = new ScriptedSender(
                SendResult.NOT_CONNECTED,
                SendResult.BACK_PRESSURED,
                SendResult.PARTLY_SENT,
                SendResult.BACK_PRESSURED,
                SendResult.PARTLY_SENT,
                SendResult.SENT);
        sender(link).send(0, 0, NOTHING);
        assertThat(link.results).isEmpty();
    }

    @Test
    void shouldNotAttemptAMessageAgainThatIsSent() {
        var link = new ScriptedSender(SendResult.SENT, SendResult.SENT);
        sender(link).send(0, 0, NOTHING);
        assertThat(link.results).hasSize(1);
    }

    @Test
    void shouldSayThatTheLinkIsClosed() {
        var link = new ScriptedSender(SendResult.BACK_PRESSURED, SendResult.CLOSED);
        PatientSender sender = sender(link);
        assertThatThrownBy(() -> sender.send(7, 3, NOTHING))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("step 7, microbatch 3: the link is closed");
    }

    @Test
    void shouldEndWithTheRunWhosePeerHasClosedTheLink() {
        var signal = new AbortSignal();
        var sender = new PatientSender(new ScriptedSender(SendResult.CLOSED), new Waiter(signal, WaitStyle.PARK));
        signal.abort("rank 1 failed");
        assertThatThrownBy(() -> sender.send(0, 0, NOTHING)).isInstanceOf(AbortedException.class);
    }

    @Test
    void shouldEndWithTheRun() {
        var signal = new AbortSignal();
        var link = new ScriptedSender(SendResult.BACK_PRESSURED);
        signal.abort("rank 1 failed");
        var sender = new PatientSender(link, new Waiter(signal, WaitStyle.PARK));
        assertThatThrownBy(() -> sender.send(0, 0, NOTHING)).isInstanceOf(AbortedException.class);
    }

    private static PatientSender sender(LinkSender link) {
        return new PatientSender(link, new Waiter(new AbortSignal(), WaitStyle.PARK));
    }

    /// A link whose attempts end as it was told.
    private static final class ScriptedSender implements LinkSender {
        private final Deque<SendResult> results;

        ScriptedSender(SendResult... results) {
            this.results = new ArrayDeque<>(List.of(results));
        }

        @Override
        public SendResult send(long step, int microbatch, MemorySegment payload) {
            return results.remove();
        }

        @Override
        public SendResult resume() {
            return results.remove();
        }

        @Override
        public void close() {
            // nothing was opened
        }
    }
}
