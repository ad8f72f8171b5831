package io.stagecraft.actors.telemetry;

import java.nio.file.Path;
import java.util.List;

/// What happens in a run, as typed events: the terminal, the JSONL file and the telemetry hub's
/// subscribers get the same records.
public sealed interface RunEvent {
    /// One training step is done; field names of the text form are Megatron-LM's.
    ///
    /// @param iteration steps done
    /// @param trainIters steps of the run
    /// @param consumedSamples samples of all steps so far
    /// @param elapsedMillis wall time of this step
    /// @param learningRate after the scheduler's step, as Megatron-LM prints it
    /// @param globalBatchSize sequences of the step
    /// @param lmLoss mean over the step's microbatches
    /// @param gradNorm before clipping
    /// @param tokensPerSecond of this step
    /// @param modelFlopsPerSecond model FLOP of the step over its time
    /// @param bubbleShare share of the stages' time spent waiting for other stages, 0 to 1
    /// @param skippedIterations since the start
    /// @param nanIterations since the start
    /// @param intervalLoss mean of the losses since the last log line, this step among them and
    ///     skipped ones not; NaN if all were skipped
    /// @param intervalSkipped steps skipped since the last log line
    record StepCompleted(
            long iteration,
            long trainIters,
            long consumedSamples,
            double elapsedMillis,
            double learningRate,
            int globalBatchSize,
            double lmLoss,
            double gradNorm,
            double tokensPerSecond,
            double modelFlopsPerSecond,
            double bubbleShare,
            int skippedIterations,
            int nanIterations,
            double intervalLoss,
            int intervalSkipped)
            implements RunEvent {}

    /// Training goes on, or starts, from saved weights. What was told of later iterations before
    /// this, by a start that was cut off, is told again.
    ///
    /// @param iteration steps done
    /// @param from what was read
    record RunResumed(long iteration, Path from) implements RunEvent {}

    /// An evaluation on held-back text is done.
    ///
    /// @param iteration steps done before it
    /// @param occasion why it happened, which says on what
    /// @param lmLoss nats a token
    /// @param perplexity `exp(min(20, lmLoss))`
    /// @param natsPerCharacter loss over characters of text
    /// @param numTokens tokens counted
    record Evaluated(
            long iteration,
            Occasion occasion,
            double lmLoss,
            double perplexity,
            double natsPerCharacter,
            long numTokens)
            implements RunEvent {
        /// Why an evaluation happens.
        public enum Occasion {
            /// An interval ended, or a checkpoint is evaluated by itself: validation samples.
            INTERVAL,
            /// The last step is done: validation samples.
            END,
            /// The last step is done: samples of the test part.
            TEST
        }

        /// On validation samples, after an interval.
        public Evaluated(long iteration, double lmLoss, double perplexity, double natsPerCharacter, long numTokens) {
            this(iteration, Occasion.INTERVAL, lmLoss, perplexity, natsPerCharacter, numTokens);
        }
    }

    /// Some windows of a benchmark are scored.
    ///
    /// @param benchmark its name
    /// @param windows that are done
    /// @param total all windows
    record WindowsScored(String benchmark, long windows, long total) implements RunEvent {}

    /// A benchmark's perplexity is known.
    ///
    /// @param benchmark its name
    /// @param avgLoss nats a token
    /// @param ppl `exp(min(20, avgLoss))`
    /// @param adjustedPpl `exp(min(20, avgLoss * tokenRatio))`: of a word
    /// @param tokenRatio tokens a word
    /// @param numOriginalTokens words of the published text
    /// @param numTokenizedTokens tokens
    record PerplexityMeasured(
            String benchmark,
            double avgLoss,
            double ppl,
            double adjustedPpl,
            double tokenRatio,
            long numOriginalTokens,
            long numTokenizedTokens)
            implements RunEvent {}

    /// A benchmark's accuracy is known.
    ///
    /// @param benchmark its name
    /// @param numberCorrect examples that are right
    /// @param totalExamples all
    /// @param accuracy their share
    record AccuracyMeasured(String benchmark, long numberCorrect, long totalExamples, double accuracy)
            implements RunEvent {}

    /// A checkpoint is durable.
    record CheckpointCommitted(long iteration, Path directory, long sizeBytes, double elapsedMillis)
            implements RunEvent {}

    /// A checkpoint could not be written; the run goes on without it.
    ///
    /// @param iteration steps done before it
    /// @param reason what could not be written, where and why
    record CheckpointFailed(long iteration, String reason) implements RunEvent {}

    /// A sample of the model.
    ///
    /// @param prompt what was given
    /// @param text what came
    /// @param knownWordShare share of the text's words that are words of the corpus; NaN if no
    ///     corpus was read
    /// @param tokens of prompt and text
    /// @param promptTokens how many of them are the prompt's
    /// @param logProbabilities of every token but the first; empty if they were not asked for
    /// @param score of a beam, NaN of a text that was drawn
    record SampleGenerated(
            long iteration,
            String prompt,
            String text,
            double knownWordShare,
            List<Integer> tokens,
            int promptTokens,
            List<Double> logProbabilities,
            double score)
            implements RunEvent {
        /// Of the words alone.
        public SampleGenerated(long iteration, String prompt, String text, double knownWordShare) {
            this(iteration, prompt, text, knownWordShare, List.of(), 0, List.of(), Double.NaN);
        }
    }

    /// Texts are under way; told when they take more than a few seconds.
    ///
    /// @param steps tokens of each text so far, behind the shortest prompt
    /// @param most of them that can come; fewer do where all texts end before
    /// @param stepsPerSecond so far
    record GenerationProgressed(int steps, int most, double stepsPerSecond) implements RunEvent {}

    /// How long texts took.
    ///
    /// @param texts how many, side by side
    /// @param promptTokens of all prompts together
    /// @param promptSeconds until the first token behind the shortest prompt
    /// @param steps tokens behind that one
    /// @param stepSeconds that they took
    record GenerationTimed(int texts, int promptTokens, double promptSeconds, int steps, double stepSeconds)
            implements RunEvent {}

    /// The run ended as planned.
    record RunCompleted(long iteration, double elapsedSeconds) implements RunEvent {}

    /// The run left before its end because its configuration says so; the same command goes on.
    ///
    /// @param iteration steps done
    /// @param reason the setting
    record RunPaused(long iteration, String reason) implements RunEvent {}

    /// Somebody stopped the run.
    ///
    /// @param iteration steps done
    /// @param signal number of the signal: 2 for SIGINT, 15 for SIGTERM
    record RunInterrupted(long iteration, int signal) implements RunEvent {}

    /// The run ended because something failed.
    ///
    /// @param iteration steps done
    /// @param where rank and place, for example `stage 1, tensor rank 0, replica 0, step 12,
    ///     forward of microbatch 3`
    /// @param cause the failing rank's own message
    /// @param followers ranks that stopped because of it
    record RunFailed(long iteration, String where, String cause, List<String> followers) implements RunEvent {}
}
