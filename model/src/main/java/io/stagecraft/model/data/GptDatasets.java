package io.stagecraft.model.data;

import java.lang.foreign.Arena;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The samples of a run from Megatron-LM's indexed datasets: training, validation and test. One
/// instance serves all ranks of a JVM.
///
/// Owns the opened datasets and indexes until it is closed.
///
/// - Thread: opened and closed by one; its samples are read by any.
/// - Source: Megatron-LM, `build_train_valid_test_datasets`.
public final class GptDatasets implements AutoCloseable {
    private final Arena arena;
    private final List<TokenItems> items;
    private final Map<GptPart, GptSamples> samples;
    private final List<GptDatasetSummary> summaries;

    private GptDatasets(
            Arena arena, List<TokenItems> items, Map<GptPart, GptSamples> samples, List<GptDatasetSummary> summaries) {
        this.arena = arena;
        this.items = items;
        this.samples = samples;
        this.summaries = List.copyOf(summaries);
    }

    /// Opens the indexed datasets of `spec` and finds or builds their indexes. The caller closes
    /// it.
    ///
    /// - Errors: as the other, [DatasetFormatException] and [java.io.UncheckedIOException] of a
    ///   dataset's files.
    public static GptDatasets open(GptDatasetSpec spec) {
        return open(spec, IndexedDataset::open);
    }

    /// Opens the datasets of `spec` by `opener` and finds or builds their indexes. The caller
    /// closes it.
    ///
    /// - Errors: [IllegalArgumentException] if a part of a blend is empty in one of its datasets or
    ///   a part has too few tokens for a sample; what `opener` throws.
    public static GptDatasets open(GptDatasetSpec spec, TokenItems.Opener opener) {
        var opening = new GptDatasetOpening(spec, opener);
        try {
            var samples = new EnumMap<GptPart, GptSamples>(GptPart.class);
            for (GptPart part : GptPart.values()) {
                opening.open(part).ifPresent(found -> samples.put(part, found));
            }
            return new GptDatasets(opening.arena(), opening.items(), samples, opening.summaries());
        } catch (RuntimeException e) {
            opening.close();
            throw e;
        }
    }

    /// The samples of `part`; empty if it has no documents.
    public Optional<GptSamples> samples(GptPart part) {
        return Optional.ofNullable(samples.get(part));
    }

    /// What there is, part by part and dataset by dataset.
    public List<GptDatasetSummary> summaries() {
        return summaries;
    }

    @Override
    public void close() {
        items.forEach(TokenItems::close);
        arena.close();
    }
}
