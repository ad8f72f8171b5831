package io.stagecraft.actors.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The rules that hold between settings of different groups: what can be laid out over ranks, and
/// what contradicts itself. One place, for the reader and for [StagecraftConfig].
final class LayoutRules {
    private static final String HEADS = "model.num-attention-heads";
    private static final String HIDDEN = "model.hidden-size";
    private static final String FFN = "model.ffn-hidden-size";
    private static final String LAYERS = "model.num-layers";
    private static final String VOCAB_MULTIPLE = "model.make-vocab-size-divisible-by";
    private static final String POSITIONS = "model.max-position-embeddings";
    private static final String TENSOR = "parallel.tensor-size";
    private static final String PIPELINE = "parallel.pipeline-size";
    private static final String DATA = "parallel.data-size";
    private static final String GLOBAL_BATCH = "train.global-batch-size";
    private static final String MICRO_BATCH = "train.micro-batch-size";
    private static final String GRANULARITY = "train.recompute-granularity";
    private static final String METHOD = "train.recompute-method";
    private static final String RECOMPUTED = "train.recompute-num-layers";

    private final Groups groups;
    private final List<Breach> breaches = new ArrayList<>();

    private LayoutRules(Groups groups) {
        this.groups = groups;
    }

    /// The groups that take part in rules.
    record Groups(
            ModelConfig model,
            ParallelConfig parallel,
            TrainConfig train,
            DataConfig data,
            OptimizerConfig optimizer,
            GenerateConfig generate) {}

    /// Every rule that does not hold.
    static List<Breach> breaches(Groups groups) {
        var rules = new LayoutRules(groups);
        rules.model();
        rules.batch();
        rules.recompute();
        rules.optimizer();
        rules.generate();
        return List.copyOf(rules.breaches);
    }

    /// Throws an [IllegalArgumentException] with every rule that does not hold.
    static void require(Groups groups) {
        List<Breach> breaches = breaches(groups);
        if (!breaches.isEmpty()) {
            throw new IllegalArgumentException(
                    breaches.stream().map(Breach::toString).collect(Collectors.joining("; and ")));
        }
    }

    private void model() {
        ModelConfig model = groups.model();
        int tensorSize = groups.parallel().topology().tensorSize();
        int pipelineSize = groups.parallel().topology().pipelineSize();
        multiple(HIDDEN, model.hiddenSize(), HEADS, model.numAttentionHeads());
        multiple(HEADS, model.numAttentionHeads(), TENSOR, tensorSize);
        if (model.ffnHiddenSize() != 4L * model.hiddenSize()) {
            multiple(FFN, model.ffnHiddenSize(), TENSOR, tensorSize);
        }
        if (model.makeVocabSizeDivisibleBy() % tensorSize != 0) {
            breaches.add(new Breach(
                    List.of(VOCAB_MULTIPLE, TENSOR),
                    "must be a multiple of " + TENSOR + ", since the padded vocabulary, which it divides, is cut over"
                            + " the tensor ranks",
                    nearestMultiple(VOCAB_MULTIPLE, model.makeVocabSizeDivisibleBy(), TENSOR, tensorSize)));
        }
        if (model.numLayers() < pipelineSize) {
            breaches.add(new Breach(
                    List.of(PIPELINE, LAYERS),
                    "must be at most " + LAYERS + ", since every stage needs a layer",
                    twoBelow(PIPELINE, model.numLayers()) + ", or " + LAYERS + " = " + pipelineSize));
        }
        atMost("data.sequence-length", groups.data().sequenceLength(), POSITIONS, model.maxPositionEmbeddings());
    }

    private void batch() {
        TrainConfig train = groups.train();
        int dataSize = groups.parallel().topology().dataSize();
        long portion = (long) train.microBatchSize() * dataSize;
        if (train.globalBatchSize() % portion != 0) {
            breaches.add(new Breach(
                    List.of(GLOBAL_BATCH, MICRO_BATCH, DATA),
                    "must be a multiple of " + MICRO_BATCH + " x " + DATA + " = " + portion
                            + ", so that every replica gets whole microbatches",
                    nearestMultiples(GLOBAL_BATCH, train.globalBatchSize(), portion)));
        }
    }

    private void recompute() {
        RecomputeConfig recompute = groups.train().recompute();
        boolean hasMethod = recompute.recomputeMethod() != RecomputeConfig.Method.NONE;
        if (recompute.recomputeGranularity() == RecomputeConfig.Granularity.FULL) {
            if (!hasMethod) {
                breaches.add(new Breach(
                        List.of(GRANULARITY, METHOD),
                        "needs " + METHOD + " = uniform (all layers, in groups) or block (the first layers of"
                                + " each stage)",
                        "nearest: " + METHOD + " = uniform"));
            }
            recomputedLayers(recompute.recomputeNumLayers());
            return;
        }
        if (hasMethod) {
            breaches.add(new Breach(
                    List.of(METHOD, GRANULARITY),
                    "is for " + GRANULARITY + " = full",
                    "nearest: " + METHOD + " = none, or " + GRANULARITY + " = full"));
        }
        if (recompute.recomputeNumLayers() > 1) {
            breaches.add(new Breach(
                    List.of(RECOMPUTED, GRANULARITY),
                    "is for " + GRANULARITY + " = full",
                    "nearest: " + RECOMPUTED + " = 1, or " + GRANULARITY + " = full"));
        }
    }

    private void recomputedLayers(int numLayers) {
        int largestStage = Math.ceilDiv(
                groups.model().numLayers(), groups.parallel().topology().pipelineSize());
        if (numLayers > largestStage) {
            breaches.add(new Breach(
                    List.of(RECOMPUTED, LAYERS, PIPELINE),
                    "must be at most " + largestStage + ", the layers of the largest stage",
                    "nearest: " + RECOMPUTED + " = " + largestStage));
        }
    }

    private void optimizer() {
        OptimizerConfig optimizer = groups.optimizer();
        TrainConfig train = groups.train();
        if (optimizer.minLearningRate() > optimizer.learningRate()) {
            breaches.add(new Breach(
                    List.of("optimizer.min-learning-rate", "optimizer.learning-rate"),
                    "must be at most optimizer.learning-rate",
                    ""));
        }
        long wholeRun = (long) train.trainIters() * train.globalBatchSize();
        long decay = optimizer.decaySamples() == 0 ? wholeRun : optimizer.decaySamples();
        if (optimizer.warmupSamples() >= decay) {
            breaches.add(new Breach(
                    List.of("optimizer.warmup-samples", "optimizer.decay-samples"),
                    "must be less than the samples of the decay, which are " + decay
                            + (decay == wholeRun ? " (train.train-iters x " + GLOBAL_BATCH + ")" : ""),
                    "nearest: optimizer.warmup-samples = " + (decay - 1) + " or 10 %"));
        }
    }

    private void generate() {
        if (groups.generate().topK() > 0 && groups.generate().topP() > 0) {
            breaches.add(new Breach(
                    List.of("generate.top-k", "generate.top-p"),
                    "cannot be combined with generate.top-p",
                    "nearest: generate.top-k = 0, or generate.top-p = 0"));
        }
    }

    private void multiple(String key, int value, String divisorKey, int divisor) {
        if (value % divisor != 0) {
            breaches.add(new Breach(
                    List.of(key, divisorKey),
                    "must be a multiple of " + divisorKey,
                    nearestMultiple(key, value, divisorKey, divisor)));
        }
    }

    private void atMost(String key, int value, String limitKey, int limit) {
        if (value > limit) {
            breaches.add(new Breach(
                    List.of(key, limitKey),
                    "must be at most " + limitKey,
                    "nearest: " + key + " = " + limit + ", or " + limitKey + " = " + value));
        }
    }

    private static String nearestMultiple(String key, int value, String divisorKey, int divisor) {
        return nearestMultiples(key, value, divisor) + ", or " + divisorKey + " = " + nearestDivisors(value, divisor);
    }

    private static String nearestMultiples(String key, long value, long divisor) {
        long above = (value / divisor + 1) * divisor;
        long below = above - divisor;
        return "nearest: " + key + " = " + (below > 0 ? below + " or " + above : above + " or " + (above + divisor));
    }

    /// The two divisors of `value` that are nearest to `wished`, smaller first.
    private static String nearestDivisors(int value, int wished) {
        var divisors = IntStream.rangeClosed(1, value)
                .filter(it -> value % it == 0)
                .boxed()
                .collect(Collectors.toCollection(TreeSet::new));
        Integer below = divisors.floor(wished);
        Integer above = divisors.ceiling(wished);
        return Stream.of(below, above)
                .filter(Objects::nonNull)
                .map(String::valueOf)
                .collect(Collectors.joining(" or "));
    }

    private static String twoBelow(String key, int largest) {
        return "nearest: " + key + " = " + (largest > 1 ? (largest - 1) + " or " + largest : largest);
    }
}
