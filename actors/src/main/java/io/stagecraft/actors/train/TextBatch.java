package io.stagecraft.actors.train;

import io.stagecraft.actors.config.GenerateConfig;
import io.stagecraft.actors.train.GenerationWishes.Property;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.generation.GenerationMethod;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.generation.StopRule;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.TokenChoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// Texts to generate, in tokens of a model, with everything that is wrong about them said at once.
final class TextBatch {
    /// Megatron-LM's server takes as many prompts, and as many tokens at once
    /// (`--max-tokens-to-oom`).
    private static final int MOST_PROMPTS = 128;

    private static final int MOST_TOKENS = 12_000;

    private final GenerateConfig config;
    private final GenerationWishes wishes;
    private final GptConfig model;
    private final Tokenizer tokenizer;
    private final int longestContext;
    private final List<String> prompts;
    private final List<List<Integer>> tokens;

    /// `longestContext` is the model's, in tokens.
    TextBatch(
            GenerateConfig config, GenerationWishes wishes, GptConfig model, Tokenizer tokenizer, int longestContext) {
        this.config = config;
        this.wishes = wishes;
        this.model = model;
        this.tokenizer = tokenizer;
        this.longestContext = longestContext;
        prompts = wishes.prompts().isEmpty() ? List.of(config.prompt()) : wishes.prompts();
        tokens = prompts.stream().map(this::encode).toList();
    }

    /// In the order of the batch.
    List<String> prompts() {
        return prompts;
    }

    /// An empty prompt starts a document too: behind the end of another one.
    private List<Integer> encode(String prompt) {
        IntStream end = prompt.isEmpty() || has(Property.BEGINS_A_DOCUMENT)
                ? IntStream.of(tokenizer.endOfDocument())
                : IntStream.empty();
        return IntStream.concat(end, Arrays.stream(tokenizer.encode(prompt)))
                .boxed()
                .toList();
    }

    private boolean has(Property property) {
        return wishes.properties().contains(property);
    }

    private int numTokens() {
        return wishes.method() instanceof GenerationWishes.Method.Score ? 0 : config.numTokens();
    }

    private int longestPrompt() {
        return tokens.stream().mapToInt(List::size).max().orElse(0);
    }

    /// The batch.
    ///
    /// - Errors: [IllegalArgumentException] with all that is wrong, unless it is as configured: a
    ///   sample behind a training run sees the end of its prompt.
    GenerationRequest request() {
        List<String> faults = faults();
        if (!faults.isEmpty() && !wishes.equals(GenerationWishes.asConfigured())) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return new GenerationRequest(
                tokens,
                numTokens(),
                longestContext,
                tokenizer.endOfDocument(),
                method(),
                stop(),
                report(),
                forbidden());
    }

    private TokenChoice.Report report() {
        return wishes.method() instanceof GenerationWishes.Method.Score
                ? TokenChoice.Report.LOG_PROBABILITIES
                : wishes.report();
    }

    /// Lines for the operator.
    List<String> remarks() {
        return longestPrompt() + numTokens() > longestContext
                ? List.of(
                        "the text outgrows the model's " + longestContext + " positions: from there on it is read anew"
                                + " for each token, and the model sees its last " + longestContext)
                : List.of();
    }

    private GenerationMethod method() {
        return switch (wishes.method()) {
            case GenerationWishes.Method.Draw(TopPDecay decay) -> new GenerationMethod.Sampling(sampling(), decay);
            case GenerationWishes.Method.Score() -> new GenerationMethod.Sampling(sampling(), TopPDecay.none());
            case GenerationWishes.Method.Beam(int width, double penalty) -> new GenerationMethod.Beam(width, penalty);
        };
    }

    private SamplingSettings sampling() {
        return new SamplingSettings(config.temperature(), config.topK(), config.topP(), config.seed());
    }

    private StopRule stop() {
        Set<Integer> stops = new HashSet<>(wishes.stopTokens());
        int twice = StopRule.NONE;
        switch (wishes.ending()) {
            case NONE -> {}
            case END_OF_DOCUMENT -> stops.add(tokenizer.endOfDocument());
            case END_OF_LINE -> {
                stops.addAll(single("\n"));
                stops.addAll(single("\n\n"));
            }
            case DOUBLE_END_OF_LINE -> {
                stops.addAll(single("\n\n"));
                twice = single("\n").getFirst();
            }
        }
        return new StopRule(stops, twice);
    }

    private TokenChoice.Forbidden forbidden() {
        return has(Property.NO_NEWLINE_AFTER_COLON)
                ? new TokenChoice.Forbidden(single(":").getFirst(), single("\n").getFirst())
                : TokenChoice.Forbidden.NOTHING;
    }

    /// The token that is `text` and nothing else, if there is one.
    private List<Integer> single(String text) {
        int[] ids = tokenizer.encode(text);
        return ids.length == 1 && tokenizer.decode(ids).equals(text) ? List.of(ids[0]) : List.of();
    }

    private List<String> faults() {
        var faults = new ArrayList<String>();
        if (numTokens() == 0 && report() == TokenChoice.Report.TOKENS) {
            faults.add("generate.num-tokens must be at least 1 to generate; with --log-probabilities 0 tells of the"
                    + " prompts alone");
        }
        if (prompts.size() > MOST_PROMPTS) {
            faults.add(
                    MOST_PROMPTS + " prompts at most can be generated from at once, but there are " + prompts.size());
        }
        long all = (long) prompts.size() * (longestPrompt() + numTokens());
        if (all > MOST_TOKENS) {
            faults.add(prompts.size() + " texts of " + (longestPrompt() + numTokens()) + " tokens are " + all
                    + " tokens, but " + MOST_TOKENS + " at most are generated at once; give fewer prompts or a smaller"
                    + " generate.num-tokens");
        }
        List<Integer> tooLong = IntStream.range(0, tokens.size())
                .filter(i -> tokens.get(i).size() > longestContext)
                .boxed()
                .toList();
        if (!tooLong.isEmpty()) {
            int first = tooLong.getFirst();
            faults.add("prompt " + (first + 1) + " has " + tokens.get(first).size() + " tokens but the model has "
                    + longestContext + " positions; shorten it"
                    + (tooLong.size() == 1 ? "" : ", and " + (tooLong.size() - 1) + " more that are too long"));
        }
        if (config.topK() > model.vocabSize()) {
            faults.add("generate.top-k must be at most the model's " + model.vocabSize() + " tokens but is "
                    + config.topK());
        }
        for (int token : wishes.stopTokens()) {
            if (token < 0 || token >= model.vocabSize()) {
                faults.add("there is no token " + token + " to stop at; the model has tokens 0 to "
                        + (model.vocabSize() - 1));
            }
        }
        faults.addAll(methodFaults());
        faults.addAll(endingFaults());
        if (tokenizer.vocabSize() > model.vocabSize()) {
            faults.add("the tokenizer has " + tokenizer.vocabSize() + " tokens but the model only " + model.vocabSize()
                    + "; give the files that it was trained with (--vocab-file, --merge-file)");
        }
        return faults;
    }

    private List<String> methodFaults() {
        var faults = new ArrayList<String>();
        switch (wishes.method()) {
            case GenerationWishes.Method.Draw(TopPDecay decay) -> {
                if (config.topP() == 0 && !decay.equals(TopPDecay.none())) {
                    faults.add("--top-p-decay and --top-p-bound need generate.top-p");
                }
                if (decay.bound() > config.topP()) {
                    faults.add("--top-p-bound must be at most generate.top-p = " + config.topP() + " but is "
                            + decay.bound());
                }
            }
            case GenerationWishes.Method.Score() -> {}
            case GenerationWishes.Method.Beam(int width, double _) -> {
                if (prompts.size() != 1) {
                    faults.add("a beam search takes one prompt but there are " + prompts.size());
                }
                if (width < 1 || 2L * width > model.vocabSize() || width > MOST_PROMPTS) {
                    faults.add("--beam-width must be in [1, " + Math.min(MOST_PROMPTS, model.vocabSize() / 2)
                            + "] for this model but is " + width);
                }
                if (longestPrompt() + numTokens() > longestContext) {
                    faults.add("a beam search cannot outgrow the model's " + longestContext + " positions, but the"
                            + " prompt has " + longestPrompt() + " tokens and generate.num-tokens is " + numTokens());
                }
            }
        }
        return faults;
    }

    private List<String> endingFaults() {
        boolean hasLineEnd = !single("\n").isEmpty();
        var faults = new ArrayList<String>();
        switch (wishes.ending()) {
            case NONE, END_OF_DOCUMENT -> {}
            case END_OF_LINE, DOUBLE_END_OF_LINE -> {
                if (!hasLineEnd) {
                    faults.add("the model has no token for the end of a line, so no text can end there");
                }
            }
        }
        if (has(Property.NO_NEWLINE_AFTER_COLON) && (!hasLineEnd || single(":").isEmpty())) {
            faults.add("the model has no tokens for a colon and the end of a line, so --no-newline-after-colon means"
                    + " nothing");
        }
        return faults;
    }
}
