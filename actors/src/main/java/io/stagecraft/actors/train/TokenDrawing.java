package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.stages.run.Phase;
import java.util.ArrayList;
import java.util.List;

/// One sample under way: the context of the next token, and whether there is a next one.
final class TokenDrawing {
    private final SampleText text;
    private final List<Integer> context;
    private final List<Integer> drawn = new ArrayList<>();

    TokenDrawing(SampleText text) {
        this.text = text;
        this.context = new ArrayList<>(text.promptTokens());
        if (context.isEmpty()) {
            throw new IllegalArgumentException("a sample needs at least one token to start with");
        }
    }

    /// Whether any token is to be drawn.
    boolean isWanted() {
        return text.numTokens() > 0;
    }

    /// Whether all tokens are drawn.
    boolean isDone() {
        return drawn.size() >= text.numTokens();
    }

    /// The last tokens, as many as the model takes.
    Phase.NextToken next() {
        int from = Math.max(0, context.size() - text.longestContext());
        return new Phase.NextToken(List.copyOf(context.subList(from, context.size())));
    }

    /// Draws from the answer to [#next].
    void accept(List<Float> logits) {
        int token = text.draw(logits);
        context.add(token);
        drawn.add(token);
    }

    /// What came out.
    RunEvent.SampleGenerated event(long iteration) {
        return text.generated(iteration, List.copyOf(drawn));
    }
}
