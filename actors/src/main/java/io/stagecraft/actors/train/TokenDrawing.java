package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.stages.generation.GeneratedText;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.generation.TokenGeneration;
import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import io.stagecraft.stages.run.TokenChoice;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Texts under way: what the ranks run next, and how long they took.
final class TokenDrawing {
    private static final double NANOS_PER_SECOND = 1e9;
    private static final long QUIET_NANOS = 3_000_000_000L;
    private static final long NANOS_BETWEEN_REPORTS = 10_000_000_000L;

    private final SampleText text;
    private final TokenGeneration generation;
    private final LongSupplier nanoTime;
    private int numPhases;
    private long startNanos;
    private long firstNanos;
    private long lastNanos;
    private long nextReportNanos;

    /// `nanoTime` is a monotonic clock.
    TokenDrawing(SampleText text, LongSupplier nanoTime) {
        this.text = text;
        this.nanoTime = nanoTime;
        generation = text.request().start();
    }

    /// Whether all tokens are there.
    boolean isDone() {
        return generation.isDone();
    }

    /// What comes now.
    Phase.Generate next() {
        if (numPhases == 0) {
            startNanos = nanoTime.getAsLong();
            nextReportNanos = startNanos + QUIET_NANOS;
        }
        return generation.next();
    }

    /// The last stage's answer to [#next].
    void accept(PhaseResult.Generated answer) {
        generation.accept(answer);
        numPhases++;
        lastNanos = nanoTime.getAsLong();
        if (numPhases == 1) {
            firstNanos = lastNanos;
        }
    }

    /// How far it is, if it is time to tell.
    Optional<RunEvent.GenerationProgressed> progress() {
        if (isDone() || numPhases < 2 || lastNanos < nextReportNanos) {
            return Optional.empty();
        }
        nextReportNanos = lastNanos + NANOS_BETWEEN_REPORTS;
        GenerationRequest request = text.request();
        return Optional.of(new RunEvent.GenerationProgressed(
                numPhases,
                request.longestPrompt() - request.shortestPrompt() + request.numTokens(),
                (numPhases - 1) * NANOS_PER_SECOND / (lastNanos - firstNanos)));
    }

    /// Whether anything is to come out.
    boolean isWanted() {
        return text.request().numTokens() > 0 || text.request().report() == TokenChoice.Report.LOG_PROBABILITIES;
    }

    /// What came out.
    List<RunEvent.SampleGenerated> samples(long iteration) {
        return generation.texts().stream()
                .map(generated -> text.generated(iteration, generated))
                .toList();
    }

    /// How long it took.
    RunEvent.GenerationTimed timing() {
        List<GeneratedText> texts = generation.texts();
        return new RunEvent.GenerationTimed(
                texts.size(),
                text.request().prompts().stream().mapToInt(List::size).sum(),
                (firstNanos - startNanos) / NANOS_PER_SECOND,
                Math.max(0, numPhases - 1),
                (lastNanos - firstNanos) / NANOS_PER_SECOND);
    }
}
