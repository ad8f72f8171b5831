package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class GatherTest {
    private final Gather<Integer, String> gather = new Gather<>(List.of(0, 1));

    @Test
    void shouldHandOutInTheOrderOfTheSources() {
        gather.add(1, "b");
        gather.add(0, "a");

        assertThat(gather.take()).containsExactly("a", "b");
    }

    @Test
    void shouldBeCompleteOnlyWithTheLastAnswer() {
        assertThat(gather.add(1, "b")).isFalse();
        assertThat(gather.add(0, "a")).isTrue();
    }

    @Test
    void shouldRefuseASecondAnswerOfOneSource() {
        gather.add(1, "b");

        assertThatThrownBy(() -> gather.add(1, "c")).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void shouldStartAnewOnceTaken() {
        gather.add(0, "a");
        gather.add(1, "b");
        gather.take();

        assertThat(gather.isComplete()).isFalse();
    }
}
