package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SignalWatchTest {
    @Test
    void shouldAskFirstAndEndAtTheSecondSignal() throws Exception {
        var asked = new LinkedBlockingQueue<Integer>();
        var ended = new LinkedBlockingQueue<Integer>();
        try (var watch = SignalWatch.install(asked::add, ended::add)) {
            kill("-TERM");
            assertThat(asked.poll(60, TimeUnit.SECONDS)).isEqualTo(15);
            assertThat(ended).isEmpty();
            kill("-INT");
            assertThat(ended.poll(60, TimeUnit.SECONDS)).isEqualTo(2);
            assertThat(watch).isNotNull();
        }
    }

    private static void kill(String signal) throws Exception {
        String pid = String.valueOf(ProcessHandle.current().pid());
        assertThat(new ProcessBuilder("kill", signal, pid).start().waitFor()).isZero();
    }
}
