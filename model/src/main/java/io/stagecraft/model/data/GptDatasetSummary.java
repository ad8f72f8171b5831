package io.stagecraft.model.data;

import java.util.Locale;

/// What one part takes of one dataset, for the start of a run.
///
/// @param part which part
/// @param source prefix of the dataset
/// @param documents of the part
/// @param tokens of the part
/// @param epochs that the samples need
/// @param samples there are in these epochs
/// @param requested samples that the run may take
/// @param sequenceLength tokens that a sample predicts
/// @param index where the index is from
public record GptDatasetSummary(
        GptPart part,
        String source,
        long documents,
        long tokens,
        long epochs,
        long samples,
        long requested,
        int sequenceLength,
        String index) {
    /// One line for people.
    public String describe() {
        return String.format(
                Locale.ROOT,
                "%s: %s: %,d documents, %,d tokens; %,d samples of %,d tokens in %,d %s, of which up to %,d are used; %s",
                part.label(),
                source,
                documents,
                tokens,
                samples,
                sequenceLength,
                epochs,
                epochs == 1 ? "epoch" : "epochs",
                requested,
                index);
    }
}
