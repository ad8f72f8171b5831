package io.stagecraft.model.gpt;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptStage.TiedEmbedding;
import io.stagecraft.model.layer.ColumnParallelLinear;
import io.stagecraft.model.layer.DropoutSite;
import io.stagecraft.model.layer.EmbeddingLayer;
import io.stagecraft.model.layer.LanguageModelHead;
import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.LayerNorm;
import io.stagecraft.model.layer.Mlp;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.Parameter.Initialization;
import io.stagecraft.model.layer.ParameterFactory;
import io.stagecraft.model.layer.PositionEmbedding;
import io.stagecraft.model.layer.RecomputedLayer;
import io.stagecraft.model.layer.RowParallelLinear;
import io.stagecraft.model.layer.SelfAttention;
import io.stagecraft.model.layer.TransformerLayer;
import io.stagecraft.model.layer.VocabParallelEmbedding;
import io.stagecraft.model.parallel.TensorParallelGroup;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Builds the layers of a pipeline stage for one tensor rank.
///
/// Parameters are created in the model's order and have Megatron-LM's names with global layer
/// numbers (Megatron-LM).
///
/// - Errors: [IllegalArgumentException] if heads, inner width or padded vocabulary do not divide by
///   the size of the tensor group.
public final class GptBuilder {
    private static final String WORDS = "language_model.embedding.word_embeddings.weight";

    private final GptConfig config;
    private final Backend backend;
    private final TensorParallelGroup group;
    private final long seed;
    private final Recomputation recomputation;

    /// A builder for one rank of `group`; `seed` keys the dropout masks. Every layer keeps what its
    /// backward reads.
    public GptBuilder(GptConfig config, Backend backend, TensorParallelGroup group, long seed) {
        this(config, backend, group, seed, new Recomputation.None());
    }

    /// As the other, with layers that compute again what `recomputation` says.
    public GptBuilder(
            GptConfig config, Backend backend, TensorParallelGroup group, long seed, Recomputation recomputation) {
        this.config = config;
        this.backend = backend;
        this.group = group;
        this.seed = seed;
        this.recomputation = recomputation;
        requireDivides("numHeads", config.numHeads());
        requireDivides("ffnHiddenSize", config.ffnHiddenSize());
        requireDivides("paddedVocabSize", config.paddedVocabSize());
    }

    private void requireDivides(String name, int value) {
        if (value % group.size() != 0) {
            throw new IllegalArgumentException(name + " must be a multiple of the tensor-parallel size but " + value
                    + " % " + group.size() + " != 0");
        }
    }

    /// The layers of `slice` with parameters from `factory`, not initialized.
    public GptStage build(GptSlice slice, ParameterFactory factory) {
        if (slice.toLayer() > config.numLayers()) {
            throw new IllegalArgumentException(
                    "the model has " + config.numLayers() + " layers but the stage wants " + slice);
        }
        var layers = new ArrayList<Layer>();
        var ownWords = new ArrayList<Parameter>();
        if (slice.ends().contains(GptSlice.End.EMBEDDING)) {
            layers.add(embedding(factory));
            ownWords.add(layers.getFirst().parameters().getFirst());
        }
        layers.addAll(transformerLayers(slice, factory));
        if (!slice.ends().contains(GptSlice.End.HEAD)) {
            return new GptStage(layers, new GptStage.End.NextStage(), tied(ownWords, List.of()));
        }
        LayerNorm norm = layerNorm("language_model.encoder.final_layernorm", factory);
        Parameter output = outputEmbedding(factory);
        var head = new LanguageModelHead(backend, group, norm, output);
        return new GptStage(layers, new GptStage.End.Loss(head), tied(ownWords, List.of(output)));
    }

    private Layer embedding(ParameterFactory factory) {
        Parameter words = factory.create(WORDS, vocabularyShape(), split(0), normal());
        Parameter positions = factory.create(
                "language_model.embedding.position_embeddings.weight",
                Shape.of(config.maxPositions(), config.hiddenSize()),
                new TensorPartition.Replicated(),
                normal());
        return new EmbeddingLayer(
                backend,
                new VocabParallelEmbedding(backend, group, words),
                new PositionEmbedding(backend, positions),
                DropoutSite.of(seed, "embedding", config.hiddenDropout()));
    }

    /// In groups as the recomputation says; parameters come in the same order with every one.
    private List<Layer> transformerLayers(GptSlice slice, ParameterFactory factory) {
        var layers = new ArrayList<Layer>();
        for (int i = slice.fromLayer(); i < slice.toLayer(); i++) {
            layers.add(transformerLayer(i, factory));
        }
        return switch (recomputation) {
            case Recomputation.None(), Recomputation.Selective() -> layers;
            case Recomputation.Uniform(int size) -> recomputed(layers, layers.size(), size);
            case Recomputation.Block(int first) -> recomputed(layers, Math.min(first, layers.size()), 1);
        };
    }

    /// The first `num` of `layers` in groups of `size`, then the others.
    private List<Layer> recomputed(List<Layer> layers, int num, int size) {
        var grouped = new ArrayList<Layer>();
        for (int from = 0; from < num; from += size) {
            grouped.add(new RecomputedLayer(backend, layers.subList(from, Math.min(num, from + size))));
        }
        grouped.addAll(layers.subList(num, layers.size()));
        return grouped;
    }

    private Layer transformerLayer(int layer, ParameterFactory factory) {
        String prefix = "language_model.encoder.layers." + layer + ".";
        LayerNorm inputNorm = layerNorm(prefix + "input_layernorm", factory);
        SelfAttention attention = selfAttention(layer, prefix + "self_attention.", factory);
        LayerNorm postAttentionNorm = layerNorm(prefix + "post_attention_layernorm", factory);
        Mlp mlp = mlp(layer, prefix + "mlp.", factory);
        return new TransformerLayer(inputNorm, attention, postAttentionNorm, mlp);
    }

    private SelfAttention selfAttention(int layer, String prefix, ParameterFactory factory) {
        int h = config.hiddenSize();
        int localHeads = config.numHeads() / group.size();
        return new SelfAttention(
                backend,
                column(prefix + "query_key_value", 3 * h, factory),
                row(prefix + "dense", h, factory),
                new SelfAttention.Heads(localHeads, config.headSize(), group.rank() * localHeads, layer),
                new SelfAttention.Sites(
                        DropoutSite.of(seed, "layer." + layer + ".attention", config.attentionDropout()),
                        DropoutSite.of(seed, "layer." + layer + ".attention-output", config.hiddenDropout())),
                recomputation instanceof Recomputation.Selective
                        ? SelfAttention.Probabilities.RECOMPUTED
                        : SelfAttention.Probabilities.KEPT);
    }

    private Mlp mlp(int layer, String prefix, ParameterFactory factory) {
        return new Mlp(
                column(prefix + "dense_h_to_4h", config.ffnHiddenSize(), factory),
                row(prefix + "dense_4h_to_h", config.ffnHiddenSize(), factory),
                config.gelu(),
                DropoutSite.of(seed, "layer." + layer + ".mlp-output", config.hiddenDropout()));
    }

    private ColumnParallelLinear column(String prefix, int out, ParameterFactory factory) {
        return new ColumnParallelLinear(
                backend,
                group,
                factory.create(prefix + ".weight", Shape.of(out, config.hiddenSize()), split(0), normal()),
                factory.create(prefix + ".bias", Shape.of(out), split(0), constant(0)));
    }

    private RowParallelLinear row(String prefix, int in, ParameterFactory factory) {
        var scaled = new Initialization.Normal(config.initMethodStd() / Math.sqrt(2.0 * config.numLayers()));
        return new RowParallelLinear(
                backend,
                group,
                factory.create(prefix + ".weight", Shape.of(config.hiddenSize(), in), split(1), scaled),
                factory.create(
                        prefix + ".bias",
                        Shape.of(config.hiddenSize()),
                        new TensorPartition.Replicated(),
                        constant(0)));
    }

    private LayerNorm layerNorm(String prefix, ParameterFactory factory) {
        Shape shape = Shape.of(config.hiddenSize());
        var replicated = new TensorPartition.Replicated();
        return new LayerNorm(
                backend,
                factory.create(prefix + ".weight", shape, replicated, constant(1)),
                factory.create(prefix + ".bias", shape, replicated, constant(0)),
                config.layerNormEpsilon());
    }

    private Parameter outputEmbedding(ParameterFactory factory) {
        return switch (config.outputEmbedding()) {
            case TIED -> factory.tied(WORDS, vocabularyShape(), split(0), normal());
            case UNTIED -> factory.create("language_model.output_layer.weight", vocabularyShape(), split(0), normal());
        };
    }

    private TiedEmbedding tied(List<Parameter> words, List<Parameter> output) {
        return switch (config.outputEmbedding()) {
            case UNTIED -> new TiedEmbedding.Absent();
            case TIED -> {
                if (words.isEmpty()) {
                    yield output.isEmpty() ? new TiedEmbedding.Absent() : new TiedEmbedding.Last(output.getFirst());
                }
                yield output.isEmpty()
                        ? new TiedEmbedding.First(words.getFirst())
                        : new TiedEmbedding.Both(words.getFirst(), output.getFirst());
            }
        };
    }

    private Shape vocabularyShape() {
        return Shape.of(config.paddedVocabSize(), config.hiddenSize());
    }

    private TensorPartition split(int dim) {
        return new TensorPartition.Split(dim, group.rank(), group.size());
    }

    private Initialization normal() {
        return new Initialization.Normal(config.initMethodStd());
    }

    private static Initialization constant(double value) {
        return new Initialization.Constant(value);
    }
}
