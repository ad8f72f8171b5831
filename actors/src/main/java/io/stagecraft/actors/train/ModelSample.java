package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.generation.GeneratedText;
import io.stagecraft.stages.generation.GenerationRequest;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Texts in the words of their reader.
///
/// @param request the same in tokens
/// @param prompts one for each of the request
/// @param tokenizer between text and tokens
/// @param knownWordShare how many of a text's words are words of the corpus
record ModelSample(
        GenerationRequest request, List<String> prompts, Tokenizer tokenizer, ToDoubleFunction<String> knownWordShare)
        implements SampleText {
    @Override
    public RunEvent.SampleGenerated generated(long iteration, GeneratedText text) {
        String words = tokenizer.decode(
                text.generated().stream().mapToInt(Integer::intValue).toArray());
        return new RunEvent.SampleGenerated(
                iteration,
                prompts.get(text.prompt()),
                words,
                knownWordShare.applyAsDouble(words),
                text.tokens(),
                text.numPromptTokens(),
                text.logProbabilities(),
                text.score());
    }
}
