package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.ModelSource.Moment;
import io.stagecraft.model.checkpoint.megatron.MegatronShard.Parameter;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Tensor;
import io.stagecraft.model.checkpoint.pickle.StridedTensor;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptConfig.OutputEmbedding;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Puts the files of a checkpoint together: names with global layer numbers, and for each the parts
/// that make it.
final class MegatronMerge {
    private final MegatronFiles files;
    private final List<MegatronShard> shards;
    private final Map<MegatronShard, SavedOptimizer> optimizers = new HashMap<>();
    private final Map<String, Object> arguments;
    private final GptConfig config;
    private final Map<String, MergedTensor> tensors = new LinkedHashMap<>();
    /// Parts by global name and tensor rank, weights and moments, before they are merged.
    private final Map<String, List<StridedTensor>> parts = new LinkedHashMap<>();

    /// Errors: `CheckpointFormatException` naming the file and field that does not fit the others.
    MegatronMerge(MegatronFiles files, List<MegatronShard> shards, HeadCount heads) {
        this.files = files;
        this.shards = List.copyOf(shards);
        MegatronShard first = shards.getFirst();
        arguments = first.arguments();
        requireAgreement();
        if (files.kind() == MegatronFiles.Kind.ITERATION) {
            shards.forEach(shard -> SavedOptimizer.of(shard).forEach(saved -> optimizers.put(shard, saved)));
        }
        int numLayers = collect();
        requireTied(first);
        try {
            requireAll(numLayers, first);
            OutputEmbedding output =
                    parts.containsKey(MegatronNames.OUTPUT) ? OutputEmbedding.UNTIED : OutputEmbedding.TIED;
            var model = new GptArguments(arguments, heads);
            config = model.config(numLayers, output, this::extents);
            merge();
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw first.fault("model", String.valueOf(e.getMessage()));
        }
    }

    GptConfig config() {
        return config;
    }

    Map<String, Object> arguments() {
        return arguments;
    }

    Map<String, MergedTensor> tensors() {
        return tensors;
    }

    Map<String, Object> optimizerSettings() {
        return optimizers.isEmpty()
                ? Map.of()
                : optimizers.get(shards.getFirst()).settings();
    }

    long numAdamSteps() {
        return optimizers.isEmpty() ? 0 : optimizers.get(shards.getFirst()).numSteps();
    }

    private void requireAgreement() {
        MegatronShard first = shards.getFirst();
        for (MegatronShard shard : shards) {
            if (shard.version() != first.version() || shard.iteration() != first.iteration()) {
                throw shard.fault(
                        "iteration",
                        "is " + shard.iteration() + " of version " + shard.version() + " but the first file's is "
                                + first.iteration() + " of " + first.version());
            }
            if (shard.parameters().size() != first.parameters().size()) {
                throw shard.fault(
                        "model",
                        shard.parameters().size() + " chunks of layers but the first file has "
                                + first.parameters().size());
            }
        }
        requireCount("tensor_model_parallel_size", files.numTensorRanks());
        requireCount("model_parallel_size", files.numTensorRanks());
        requireCount("pipeline_model_parallel_size", files.numStages());
    }

    private void requireCount(String key, int found) {
        if (arguments.containsKey(key) && !arguments.get(key).equals((long) found)) {
            throw shards.getFirst()
                    .fault("args." + key, "is " + arguments.get(key) + " but there are files of " + found);
        }
    }

    /// Layers are numbered chunk by chunk, in a chunk stage by stage. Returns how many there are.
    private int collect() {
        int firstLayer = 0;
        for (int chunk = 0; chunk < shards.getFirst().parameters().size(); chunk++) {
            for (int stage = 0; stage < files.numStages(); stage++) {
                int numLayers = 0;
                for (int rank = 0; rank < files.numTensorRanks(); rank++) {
                    MegatronShard shard = shards.get(rank * files.numStages() + stage);
                    for (Parameter parameter : shard.parameters().get(chunk)) {
                        numLayers = Math.max(numLayers, parameter.local().layer() + 1);
                        add(shard, parameter, parameter.local().global(firstLayer), rank);
                    }
                }
                firstLayer += numLayers;
            }
        }
        return firstLayer;
    }

    private void add(MegatronShard shard, Parameter parameter, String name, int rank) {
        Tensor weight = parameter.value();
        if (optimizers.containsKey(shard)) {
            SavedOptimizer optimizer = optimizers.get(shard);
            weight = optimizer.masters().getOrDefault(parameter, weight);
            optimizer
                    .moments()
                    .getOrDefault(parameter, Map.of())
                    .forEach((moment, tensor) -> addPart(shard, moment.of(name), tensor, rank));
        }
        addPart(shard, name, weight, rank);
    }

    private void addPart(MegatronShard shard, String name, Tensor tensor, int rank) {
        List<StridedTensor> ofName = parts.computeIfAbsent(name, key -> new ArrayList<>());
        if (ofName.size() != rank) {
            throw shard.fault(
                    name,
                    "tensor rank " + rank + " has it but " + ofName.size() + " files before do, or two stages have it");
        }
        ofName.add(shard.file().tensor(tensor));
    }

    /// The last stage's copy of the word embedding must be the first's.
    private void requireTied(MegatronShard first) {
        List<StridedTensor> copies = parts.getOrDefault(MegatronNames.WORDS_FOR_HEAD, List.of());
        List<StridedTensor> words = parts.getOrDefault(MegatronNames.WORDS, List.of());
        for (int rank = 0; rank < copies.size(); rank++) {
            boolean equal = rank < words.size()
                    && copies.get(rank).isContiguous()
                    && words.get(rank).isContiguous()
                    && copies.get(rank).bytes().mismatch(words.get(rank).bytes()) == -1;
            if (!equal) {
                throw first.fault(
                        MegatronNames.WORDS_FOR_HEAD,
                        "the last stage's copy for tensor rank " + rank
                                + " differs from the first stage's word embedding");
            }
        }
        parts.remove(MegatronNames.WORDS_FOR_HEAD);
        for (Moment moment : Moment.values()) {
            parts.remove(moment.of(MegatronNames.WORDS_FOR_HEAD));
        }
    }

    private void requireAll(int numLayers, MegatronShard first) {
        for (String name : MegatronNames.all(numLayers)) {
            if (!parts.containsKey(name) || parts.get(name).size() != files.numTensorRanks()) {
                throw first.fault("model", "no " + name + " in the files of all tensor ranks");
            }
        }
        if (numLayers == 0) {
            throw first.fault("model", "has no layers");
        }
    }

    private List<Long> extents(String name) {
        return unordered(name).spec().extents();
    }

    private MergedTensor unordered(String name) {
        return new MergedTensor(name, parts.get(name), MegatronNames.sharing(name), byHead());
    }

    private QueryKeyValueOrder byHead() {
        return new QueryKeyValueOrder(QueryKeyValueOrder.Layout.BY_HEAD, 1, 1);
    }

    private void merge() {
        var saved = new QueryKeyValueOrder(
                QueryKeyValueOrder.Layout.of(shards.getFirst().version()),
                config.numHeads() / files.numTensorRanks(),
                config.headSize());
        for (String name : parts.keySet()) {
            MergedTensor tensor = MegatronNames.isQueryKeyValue(name)
                    ? new MergedTensor(name, parts.get(name), MegatronNames.sharing(name), saved)
                    : unordered(name);
            tensors.put(name, tensor);
        }
        for (String name : MegatronNames.all(config.numLayers())) {
            requireShape(name);
        }
    }

    private void requireShape(String name) {
        List<Long> expected = MegatronNames.extents(name, config);
        for (String tensor : List.of(name, Moment.FIRST.of(name), Moment.SECOND.of(name))) {
            if (tensors.containsKey(tensor)
                    && !tensors.get(tensor).spec().extents().equals(expected)) {
                throw shards.getFirst()
                        .fault(
                                tensor,
                                "expected the extents " + expected + " but the files have "
                                        + tensors.get(tensor).spec().extents());
            }
        }
    }
}
