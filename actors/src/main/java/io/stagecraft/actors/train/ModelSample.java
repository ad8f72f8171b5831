package io.stagecraft.actors.train;

import io.stagecraft.actors.config.GenerateConfig;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.model.generation.Sampler;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.model.text.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// The sample that `generate` describes.
///
/// Thread: one at a time.
final class ModelSample implements SampleText {
    private final GenerateConfig config;
    private final Tokenizer tokenizer;
    private final int longestContext;
    private final ToDoubleFunction<String> knownWordShare;
    private final Sampler sampler;
    private final List<Integer> prompt;
    private long position;

    /// `longestContext` is the model's; `knownWordShare` says how many of a text's words are words of the
    /// corpus.
    ModelSample(
            GenerateConfig config, Tokenizer tokenizer, int longestContext, ToDoubleFunction<String> knownWordShare) {
        this.config = config;
        this.tokenizer = tokenizer;
        this.longestContext = longestContext;
        this.knownWordShare = knownWordShare;
        this.sampler =
                new Sampler(new SamplingSettings(config.temperature(), config.topK(), config.topP(), config.seed()));
        this.prompt = config.prompt().isEmpty()
                ? List.of(tokenizer.endOfDocument())
                : Arrays.stream(tokenizer.encode(config.prompt())).boxed().toList();
        this.position = prompt.size();
    }

    /// An empty prompt starts a document: behind the end of another one.
    @Override
    public List<Integer> promptTokens() {
        return prompt;
    }

    @Override
    public int numTokens() {
        return config.numTokens();
    }

    @Override
    public int longestContext() {
        return longestContext;
    }

    @Override
    public int draw(List<Float> logits) {
        return sampler.next(logits, position++);
    }

    @Override
    public RunEvent.SampleGenerated generated(long iteration, List<Integer> tokens) {
        String text =
                tokenizer.decode(tokens.stream().mapToInt(Integer::intValue).toArray());
        double share = knownWordShare.applyAsDouble(text);
        return new RunEvent.SampleGenerated(iteration, config.prompt(), text, share);
    }
}
