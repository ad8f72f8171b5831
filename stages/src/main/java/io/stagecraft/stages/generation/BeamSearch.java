package io.stagecraft.stages.generation;

import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.TokenChoice;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/// The most likely continuations of one prompt: `width` open texts go on side by side, each step
/// with the best of all their next tokens. Of the best `width`, those that end a text become
/// results; the others are open, and so are as many behind them as it takes to have `width` again.
/// Of equally good ones the earlier text and then the smaller token comes first.
///
/// - Source: Megatron-LM, `beam_search_and_return_on_first_stage`; its `BeamHypotheses` is Hugging
///   Face's.
final class BeamSearch implements TokenGeneration {
    /// An open text and the log-probability of its continuation.
    private record Beam(List<Integer> tokens, double logProbability) {}

    /// A next token of beam `beam`.
    private record Candidate(int beam, int token, double logProbability) {}

    private final GenerationRequest request;
    private final int width;
    private final double lengthPenalty;
    private final int numCandidates;
    private final int numPromptTokens;
    private final List<GeneratedText> finished = new ArrayList<>();
    private List<Beam> beams;
    private List<Integer> origins = List.of();
    private int context;
    private boolean isDone;

    BeamSearch(GenerationRequest request, GenerationMethod.Beam method) {
        this.request = request;
        this.width = method.width();
        this.lengthPenalty = method.lengthPenalty();
        // every beam may have each of the tokens that end it among them
        numCandidates = width * (1 + Math.max(1, request.stop().numEnds()));
        List<Integer> prompt = request.prompts().getFirst();
        numPromptTokens = prompt.size();
        context = numPromptTokens;
        beams = Collections.nCopies(width, new Beam(prompt, 0));
        isDone = request.numTokens() == 0;
    }

    @Override
    public boolean isDone() {
        return isDone;
    }

    @Override
    public Phase.Generate next() {
        boolean isFirst = context == numPromptTokens;
        int from = isFirst ? 0 : context - 1;
        List<List<Integer>> tokens = beams.stream()
                .map(beam -> List.copyOf(beam.tokens().subList(from, context)))
                .toList();
        return new Phase.Generate(origins, tokens, from, new TokenChoice.Best(numCandidates, request.forbidden()));
    }

    @Override
    public void accept(PhaseResult.Generated answer) {
        List<Candidate> best = best(answer);
        int length = context + 1 - numPromptTokens;
        var next = new ArrayList<Candidate>();
        for (int rank = 0; rank < best.size() && next.size() < width; rank++) {
            Candidate candidate = best.get(rank);
            int previous = beams.get(candidate.beam()).tokens().getLast();
            if (!request.stop().isEnd(candidate.token(), previous)) {
                next.add(candidate);
            } else if (rank < width) {
                finish(extended(candidate), candidate.logProbability(), length);
            }
        }
        isDone = next.isEmpty() || isDone(best.getFirst().logProbability(), length);
        beams = next.stream()
                .map(candidate -> new Beam(extended(candidate), candidate.logProbability()))
                .toList();
        origins = next.stream().map(Candidate::beam).toList();
        context++;
        if (!isDone && context >= numPromptTokens + request.numTokens()) {
            isDone = true;
            beams.forEach(beam -> finish(beam.tokens(), beam.logProbability(), length));
        }
    }

    /// The best next tokens of all beams; at first all beams are the prompt, of which one is
    /// enough.
    private List<Candidate> best(PhaseResult.Generated answer) {
        var all = new ArrayList<Candidate>();
        int numBeams = context == numPromptTokens ? 1 : beams.size();
        for (int beam = 0; beam < numBeams; beam++) {
            for (int i = 0; i < answer.tokens().get(beam).size(); i++) {
                double sum = beams.get(beam).logProbability()
                        + answer.logProbabilities().get(beam).get(i);
                all.add(new Candidate(beam, answer.tokens().get(beam).get(i), sum));
            }
        }
        // a sort that keeps the order of equals
        all.sort(Comparator.comparingDouble(Candidate::logProbability).reversed());
        return all.subList(0, Math.min(numCandidates, all.size()));
    }

    private List<Integer> extended(Candidate candidate) {
        var tokens = new ArrayList<>(beams.get(candidate.beam()).tokens());
        tokens.add(candidate.token());
        return tokens;
    }

    private double score(double logProbability, int length) {
        return logProbability / Math.pow(length, lengthPenalty);
    }

    /// Keeps the best `width` results.
    private void finish(List<Integer> tokens, double logProbability, int length) {
        finished.add(new GeneratedText(0, tokens, numPromptTokens, List.of(), score(logProbability, length)));
        finished.sort(Comparator.comparingDouble(GeneratedText::score).reversed());
        if (finished.size() > width) {
            finished.removeLast();
        }
    }

    /// Whether no open text can become better than the worst result.
    private boolean isDone(double bestLogProbability, int length) {
        return finished.size() >= width && finished.getLast().score() >= score(bestLogProbability, length);
    }

    @Override
    public List<GeneratedText> texts() {
        return List.copyOf(finished);
    }
}
