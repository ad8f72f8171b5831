package io.stagecraft.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a program that reads stdout gets.
class PlainTextsTest {
    private final StringWriter out = new StringWriter();
    private final PlainTexts texts = new PlainTexts(new PrintWriter(out));

    @Test
    void shouldPrintPromptsWithWhatFollowsAndNothingElse() {
        texts.accept(new RunEvent.RunCompleted(3, 1));
        texts.accept(new RunEvent.SampleGenerated(3, "a ", "cat\nsat ", Double.NaN));
        texts.accept(new RunEvent.SampleGenerated(3, "the ", "dog", Double.NaN));
        texts.accept(new RunEvent.GenerationTimed(2, 4, 0.1, 3, 0.1));
        assertThat(out.toString().replace(System.lineSeparator(), "\n")).isEqualTo("a cat\nsat \n\nthe dog\n");
    }

    @Test
    void shouldPrintWhatTheModelThinksOfAText() {
        texts.accept(new RunEvent.SampleGenerated(
                3, "a b c", "", Double.NaN, List.of(1, 2, 3), 3, List.of(-1.5, -0.25), Double.NaN));
        assertThat(out.toString().lines()).containsExactly("log-probability: -1.7500 of 2 tokens", "a b c");
    }

    @Test
    void shouldNotLetATextRuleTheTerminal() {
        texts.accept(new RunEvent.SampleGenerated(3, "a", "\u001b[2Jb\u202ec", Double.NaN));
        assertThat(out.toString().lines()).containsExactly("a [2Jb c");
    }
}
