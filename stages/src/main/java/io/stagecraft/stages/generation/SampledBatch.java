package io.stagecraft.stages.generation;

import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.TokenChoice;
import java.util.ArrayList;
import java.util.List;

/// Texts whose tokens are drawn one after another, all texts at the same position: it starts behind
/// the shortest prompt, and longer ones give their own tokens until they end. It ends when every
/// text has ended, or at the length asked for.
///
/// A text that outgrows the model's positions goes on from its last ones, which are read anew for
/// each token.
///
/// - Source: Megatron-LM, `generate_tokens_probs_and_return_on_first_stage` and
///   `score_and_return_on_first_stage`.
final class SampledBatch implements TokenGeneration {
    private final GenerationRequest request;
    private final TopPDecay decay;
    private final List<Sequence> sequences = new ArrayList<>();
    private final int end;
    private SamplingSettings settings;
    private int context;
    private int numCached;
    private boolean isDone;

    /// One text.
    private static final class Sequence {
        private final List<Integer> tokens;
        private final List<Double> logProbabilities = new ArrayList<>();
        private final int numPromptTokens;
        private int length;
        private boolean isEnded;

        Sequence(List<Integer> prompt, int end) {
            tokens = new ArrayList<>(prompt);
            numPromptTokens = prompt.size();
            length = end;
        }

        int given(int position) {
            return position < numPromptTokens ? tokens.get(position) : TokenChoice.Draw.DRAWN;
        }

        void put(int position, int token, StopRule stop) {
            if (position < numPromptTokens) {
                return;
            }
            tokens.add(token);
            if (!isEnded && stop.isEnd(token, tokens.get(position - 1))) {
                isEnded = true;
                length = position + 1;
            }
        }
    }

    SampledBatch(GenerationRequest request, GenerationMethod.Sampling sampling) {
        this.request = request;
        this.settings = sampling.settings();
        this.decay = sampling.decay();
        this.end = request.longestPrompt() + request.numTokens();
        request.prompts().forEach(prompt -> sequences.add(new Sequence(prompt, end)));
        context = request.numTokens() == 0 ? end : request.shortestPrompt();
        isDone = request.numTokens() == 0 && request.report() == TokenChoice.Report.TOKENS;
    }

    @Override
    public boolean isDone() {
        return isDone;
    }

    @Override
    public Phase.Generate next() {
        boolean slides = context > request.longestContext();
        int from = slides ? context - request.longestContext() : numCached;
        var tokens = new ArrayList<List<Integer>>();
        var given = new ArrayList<Integer>();
        for (Sequence sequence : sequences) {
            var fed = new ArrayList<Integer>();
            for (int i = from; i < context; i++) {
                fed.add(i < sequence.tokens.size() ? sequence.tokens.get(i) : request.padding());
            }
            tokens.add(List.copyOf(fed));
            // when texts are only scored there is nothing to draw behind them
            given.add(request.numTokens() == 0 ? request.padding() : sequence.given(context));
        }
        var choice = new TokenChoice.Draw(settings, context, List.copyOf(given), request.report(), request.forbidden());
        return new Phase.Generate(tokens, slides ? 0 : from, choice);
    }

    @Override
    public void accept(PhaseResult.Generated answer) {
        if (answer.tokens().size() != sequences.size()) {
            throw new IllegalStateException("generation of " + sequences.size() + " texts was answered with "
                    + answer.tokens().size() + " tokens");
        }
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            if (!answer.logProbabilities().isEmpty()) {
                List<Double> all = answer.logProbabilities().get(i);
                int numKnown = sequence.logProbabilities.size();
                // of positions read anew only the last is
                sequence.logProbabilities.addAll(
                        all.subList(Math.max(0, all.size() - (context - numKnown)), all.size()));
            }
            if (request.numTokens() > 0) {
                sequence.put(context, answer.tokens().get(i).getFirst(), request.stop());
            }
        }
        double topP = decay.after(settings.topP());
        if (topP != settings.topP()) {
            settings = new SamplingSettings(settings.temperature(), settings.topK(), topP, settings.seed());
        }
        numCached = context;
        context++;
        isDone = context >= end || sequences.stream().allMatch(sequence -> sequence.isEnded);
    }

    @Override
    public List<GeneratedText> texts() {
        var texts = new ArrayList<GeneratedText>();
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            int length = Math.min(sequence.length, sequence.tokens.size());
            List<Double> logProbabilities = sequence.logProbabilities;
            texts.add(new GeneratedText(
                    i,
                    sequence.tokens.subList(0, length),
                    sequence.numPromptTokens,
                    logProbabilities.subList(0, Math.min(length - 1, logProbabilities.size())),
                    Double.NaN));
        }
        return texts;
    }
}
