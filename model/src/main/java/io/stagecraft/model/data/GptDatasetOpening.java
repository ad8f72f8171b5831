package io.stagecraft.model.data;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The datasets of one run while they are opened; each is opened once, however many parts it
/// serves.
final class GptDatasetOpening implements AutoCloseable {
    private static final double BLEND_SLACK = 1.005; // a blend takes of its datasets unevenly

    private final GptDatasetSpec spec;
    private final TokenItems.Opener opener;
    private final Arena arena = Arena.ofShared();
    private final Map<Path, TokenItems> opened = new HashMap<>();
    private final List<GptDatasetSummary> summaries = new ArrayList<>();

    GptDatasetOpening(GptDatasetSpec spec, TokenItems.Opener opener) {
        this.spec = spec;
        this.opener = opener;
    }

    /// The samples of `part`, or empty if there are none.
    Optional<GptSamples> open(GptPart part) {
        long requested = spec.counts().of(part);
        return switch (path(part)) {
            case DataPath.None _ -> Optional.empty();
            case DataPath.Single(Path prefix) ->
                dataset(part, prefix, requested).map(dataset -> dataset);
            case DataPath.Blend(List<WeightedPath> paths) -> blend(part, paths, requested);
        };
    }

    private DataPath path(GptPart part) {
        return switch (spec.paths()) {
            case PartPaths.Split(DataPath path, String _) -> path;
            case PartPaths.Separate(DataPath train, DataPath validation, DataPath test) ->
                switch (part) {
                    case TRAIN -> train;
                    case VALIDATION -> validation;
                    case TEST -> test;
                };
        };
    }

    private DocumentSplit split(GptPart part, long numDocuments) {
        return switch (spec.paths()) {
            case PartPaths.Split(DataPath _, String proportions) -> DocumentSplit.of(proportions, numDocuments);
            case PartPaths.Separate _ -> DocumentSplit.whole(part, numDocuments);
        };
    }

    private Optional<GptDataset> dataset(GptPart part, Path prefix, long requested) {
        TokenItems items = opened.computeIfAbsent(prefix, opener::open);
        DocumentSplit split = split(part, items.numItems());
        if (split.end(part) <= split.first(part)) {
            return Optional.empty();
        }
        GptIndexPlan plan =
                GptIndexPlan.of(items, split.first(part), split.end(part), spec.sequenceLength(), requested);
        GptIndexStore.Found found =
                new GptIndexStore(items, plan, spec.seed(), arena).open(spec.cache(), prefix, part.label());
        summaries.add(new GptDatasetSummary(
                part,
                prefix.toString(),
                plan.numDocuments(),
                plan.tokensPerEpoch(),
                plan.numEpochs(),
                plan.numSamples(),
                requested,
                plan.sequenceLength(),
                found.origin()));
        return Optional.of(new GptDataset(items, plan, found.index()));
    }

    private Optional<GptSamples> blend(GptPart part, List<WeightedPath> paths, long requested) {
        double sum = 0;
        for (WeightedPath path : paths) {
            sum += path.weight();
        }
        var datasets = new ArrayList<GptDataset>();
        var shares = new double[paths.size()];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = paths.get(i).weight() / sum;
            long share = (long) Math.ceil(requested * shares[i] * BLEND_SLACK);
            dataset(part, paths.get(i).prefix(), share).ifPresent(datasets::add);
        }
        if (datasets.isEmpty()) {
            return Optional.empty();
        }
        if (datasets.size() < shares.length) {
            throw new IllegalArgumentException("the " + part.label() + " part is empty in "
                    + (shares.length - datasets.size()) + " of the " + shares.length
                    + " blended datasets; give a split that leaves each of them documents");
        }
        return Optional.of(blended(part, datasets, shares, requested));
    }

    private BlendedDataset blended(GptPart part, List<GptDataset> datasets, double[] shares, long requested) {
        long numSamples = datasets.stream().mapToLong(GptDataset::numSamples).sum();
        BlendIndex index = BlendIndex.build(BlendIndex.normalized(shares), numSamples, arena);
        for (long sample = 0; sample < requested; sample++) {
            GptDataset dataset = datasets.get(index.dataset(sample));
            if (index.sample(sample) >= dataset.numSamples()) {
                throw new IllegalArgumentException("sample " + sample + " of the " + part.label()
                        + " blend is sample " + index.sample(sample) + " of dataset " + index.dataset(sample)
                        + ", which has only " + dataset.numSamples()
                        + "; ask for fewer samples or give that dataset a smaller weight");
            }
        }
        return new BlendedDataset(datasets, index);
    }

    Arena arena() {
        return arena;
    }

    List<TokenItems> items() {
        return List.copyOf(opened.values());
    }

    List<GptDatasetSummary> summaries() {
        return summaries;
    }

    @Override
    public void close() {
        opened.values().forEach(TokenItems::close);
        arena.close();
    }
}
