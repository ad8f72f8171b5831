package io.stagecraft.model.evaluation;

import io.stagecraft.model.text.Tokenizer;
import java.util.Arrays;
import java.util.Locale;

/// Perplexity of a WikiText file, in windows that overlap so that every token but those of the
/// first window is predicted from a long context.
///
/// Window `i` begins at token `i * overlap`. The first counts all its targets, each other one its
/// last `overlap`; so each target counts once. The last windows hold padding, which does not count.
///
/// - Source: Megatron-LM's `tasks/zeroshot_gpt/datasets.py`.
public final class WikiTextTask implements ScoringTask {
    private final int[] tokens;
    private final long numOriginal;
    private final int sequenceLength;
    private final int overlap;
    private final int padding;

    private WikiTextTask(int[] tokens, long numOriginal, int sequenceLength, int overlap, int padding) {
        this.tokens = tokens;
        this.numOriginal = numOriginal;
        this.sequenceLength = sequenceLength;
        this.overlap = overlap;
        this.padding = padding;
    }

    /// The whole of `text` as it is published.
    ///
    /// @param text words, with punctuation between blanks
    /// @param sequenceLength positions of a window
    /// @param overlap targets that a window adds, in `[1, sequenceLength]`; `sequenceLength` for
    ///     windows that do not overlap
    public static WikiTextTask of(String text, Tokenizer tokenizer, int sequenceLength, int overlap) {
        return of(
                tokenizer.encode(WikiTextDetokenizer.detokenize(text)),
                words(text),
                sequenceLength,
                overlap,
                tokenizer.endOfDocument());
    }

    /// Of a text that is tokens already.
    static WikiTextTask of(int[] tokens, long numOriginal, int sequenceLength, int overlap, int padding) {
        if (sequenceLength < 1 || overlap < 1 || overlap > sequenceLength) {
            throw new IllegalArgumentException("windows of " + sequenceLength + " positions can add from 1 to "
                    + sequenceLength + " targets each, or some would be left out, but are to add " + overlap);
        }
        if (tokens.length < 2 || numOriginal < 2) {
            throw new IllegalArgumentException(
                    "the text must have two tokens and two words but has " + tokens.length + " and " + numOriginal);
        }
        return new WikiTextTask(tokens.clone(), numOriginal, sequenceLength, overlap, padding);
    }

    /// What Python's `len(text.strip().split(" "))` is: line ends are inside of words.
    static long words(String text) {
        return 1 + PythonText.strip(text).chars().filter(c -> c == ' ').count();
    }

    private long numTargets() {
        return tokens.length - 1L;
    }

    @Override
    public int numWindows() {
        return Math.toIntExact(Math.ceilDiv(Math.max(numTargets() - overlap, 0), overlap) + 1);
    }

    @Override
    public int sequenceLength() {
        return sequenceLength;
    }

    @Override
    public void tokens(long window, int[] into, int offset) {
        long start = window * overlap;
        int num = (int) Math.clamp(tokens.length - start, 0, sequenceLength + 1L);
        if (num > 0) {
            System.arraycopy(tokens, (int) start, into, offset, num);
        }
        Arrays.fill(into, offset + num, offset + sequenceLength + 1, padding);
    }

    @Override
    public ScoredWindow scored(long window) {
        int there = (int) Math.clamp(numTargets() - window * overlap, 0, (long) sequenceLength);
        int from = window == 0 ? 0 : sequenceLength - overlap;
        return window >= numWindows() || there <= from ? ScoredWindow.none() : new ScoredWindow(from, there);
    }

    @Override
    public String describe() {
        return String.format(
                Locale.ROOT,
                "%,d words, %,d tokens (%.4f a word), %,d windows of %d positions that add %d each",
                numOriginal,
                tokens.length,
                (tokens.length - 1.0) / (numOriginal - 1.0),
                numWindows(),
                sequenceLength,
                overlap);
    }

    @Override
    public ScoreReport.Perplexity report(Totals totals) {
        return new ScoreReport.Perplexity(totals.lossSum(), tokens.length, numOriginal);
    }
}
