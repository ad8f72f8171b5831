package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEvent;
import java.util.List;

/// Text on both ends of the model when it samples: what it starts with, how a token is drawn, what came
/// out.
///
/// Thread: one, but not always the same.
public interface SampleText {
    /// The tokens to start with, at least one.
    List<Integer> promptTokens();

    /// How many tokens to draw.
    int numTokens();

    /// The longest context to give the model: longer ones than it was trained on are strange to it.
    int longestContext();

    /// Draws the next token; `logits` has one for each token of the vocabulary.
    int draw(List<Float> logits);

    /// What to tell about the tokens that were drawn.
    RunEvent.SampleGenerated generated(long iteration, List<Integer> tokens);
}
