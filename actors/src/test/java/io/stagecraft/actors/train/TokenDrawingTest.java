package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.stages.generation.GeneratedText;
import io.stagecraft.stages.generation.GenerationMethod;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.generation.StopRule;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.TokenChoice;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A generation of 20 tokens behind a prompt of one, against a clock of its own.
class TokenDrawingTest {
    private static final long MILLI = 1_000_000;

    private long nanos = 1;

    private record TwentyTokens() implements SampleText {
        @Override
        public GenerationRequest request() {
            var greedy = new GenerationMethod.Sampling(SamplingSettings.greedy(), TopPDecay.none());
            return new GenerationRequest(
                    List.of(List.of(0)), 20, 64, 0, greedy, StopRule.never(), TokenChoice.Report.TOKENS);
        }

        @Override
        public RunEvent.SampleGenerated generated(long iteration, GeneratedText text) {
            throw new IllegalStateException("no text is asked for");
        }
    }

    /// What is told of texts whose tokens take `millis` each.
    private List<RunEvent.GenerationProgressed> told(long millis) {
        var drawing = new TokenDrawing(new TwentyTokens(), () -> nanos);
        var told = new ArrayList<RunEvent.GenerationProgressed>();
        while (!drawing.isDone()) {
            drawing.next();
            nanos += millis * MILLI;
            drawing.accept(new PhaseResult.Generated(List.of(List.of(1)), List.of()));
            drawing.progress().ifPresent(told::add);
        }
        return told;
    }

    @Test
    void shouldTellNothingOfAShortGeneration() {
        assertThat(told(100)).isEmpty();
    }

    @Test
    void shouldTellRateAndTokensAfterThreeSecondsAndThenEveryTen() {
        assertThat(told(1000))
                .containsExactly(
                        new RunEvent.GenerationProgressed(3, 20, 1), new RunEvent.GenerationProgressed(13, 20, 1));
    }
}
