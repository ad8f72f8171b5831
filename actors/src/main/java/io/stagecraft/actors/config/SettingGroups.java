package io.stagecraft.actors.config;

import io.stagecraft.actors.telemetry.LogForm;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.stages.run.OptimizerLayout;
import io.stagecraft.stages.topology.ParallelTopology;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Every setting, read key by key into its record. Where a value is faulty the record holds the
/// default, so the rules between settings can still be looked at.
final class SettingGroups {
    private static final int SMALLEST_TERM = 64 * 1024;
    private static final int LARGEST_TERM = 1 << 30;

    private final KeyReader keys;
    private final RunConfig run;
    private final DataConfig data;
    private final ModelConfig model;
    private final ParallelConfig parallel;
    private final TrainConfig train;
    private final OptimizerConfig optimizer;
    private final TransportSettings transport;
    private final BackendConfig backend;
    private final CheckpointConfig checkpoint;
    private final StartConfig start;
    private final GenerateConfig generate;
    private final TelemetryConfig telemetry;

    /// Reads all groups, in the order in which they are shown.
    SettingGroups(KeyReader keys) {
        this.keys = keys;
        run = run();
        data = data();
        model = model();
        parallel = parallel();
        train = train();
        optimizer = optimizer();
        transport = transport();
        backend = backend();
        checkpoint = checkpoint();
        start = start();
        generate = generate();
        telemetry = telemetry();
    }

    /// The groups that [LayoutRules] looks at.
    LayoutRules.Groups ruled() {
        return new LayoutRules.Groups(model, parallel, train, data, optimizer, generate);
    }

    /// The whole configuration, if no fault was found.
    StagecraftConfig config() {
        return new StagecraftConfig(
                run,
                data,
                model,
                parallel,
                train,
                optimizer,
                transport,
                backend,
                checkpoint,
                start,
                generate,
                telemetry);
    }

    private RunConfig run() {
        return new RunConfig(
                keys.name("run.name"), keys.longInteger("run.seed", Range.AT_LEAST_ONE), keys.path("run.directory"));
    }

    private DataConfig data() {
        var tokenizers =
                Map.of("characters", DataConfig.TextTokenizer.CHARACTERS, "gpt2", DataConfig.TextTokenizer.GPT2);
        return new DataConfig(
                keys.wordOrPath("data.text", Set.of("wordnet")),
                keys.integer("data.sequence-length", Range.AT_LEAST_ONE),
                keys.number("data.validation-fraction", Range.HELD_BACK),
                keys.choice("data.tokenizer", tokenizers),
                keys.integer("data.min-character-count", Range.AT_LEAST_ONE),
                indexedData());
    }

    private IndexedDataConfig indexedData() {
        var none = IndexedDataConfig.none();
        var paths = List.of("data.path", "data.train-path", "data.valid-path", "data.test-path").stream()
                .map(keys::dataPath)
                .toList();
        String split = keys.split("data.split");
        long trainSamples = keys.longInteger("data.train-samples", Range.NOT_NEGATIVE);
        String vocabFile = keys.optionalPath("data.vocab-file");
        String mergeFile = keys.optionalPath("data.merge-file");
        boolean isPair = keys.areTogether("data.vocab-file", "data.merge-file");
        return new IndexedDataConfig(
                paths.get(0),
                paths.get(1),
                paths.get(2),
                paths.get(3),
                split,
                trainSamples,
                isPair ? vocabFile : none.vocabFile(),
                isPair ? mergeFile : none.mergeFile(),
                keys.optionalPath("data.index-directory"),
                new IndexedDataConfig.Rules(
                        keys.flag("data.reset-position-ids"),
                        keys.flag("data.reset-attention-mask"),
                        keys.flag("data.eod-mask-loss")));
    }

    private ModelConfig model() {
        int numLayers = keys.integer("model.num-layers", Range.AT_LEAST_ONE);
        int hiddenSize = keys.integer("model.hidden-size", Range.AT_LEAST_ONE);
        int heads = keys.integer("model.num-attention-heads", Range.AT_LEAST_ONE);
        int positions = keys.integer("model.max-position-embeddings", Range.AT_LEAST_ONE);
        int ffn = keys.integer("model.ffn-hidden-size", Range.NOT_NEGATIVE);
        return new ModelConfig(
                numLayers,
                hiddenSize,
                heads,
                positions,
                ffn == 0 ? (int) Math.min(Integer.MAX_VALUE, 4L * hiddenSize) : ffn,
                keys.integer("model.make-vocab-size-divisible-by", Range.AT_LEAST_ONE),
                keys.number("model.layernorm-epsilon", Range.ABOVE_ZERO),
                keys.choice("model.gelu", Map.of("tanh", Gelu.TANH, "erf", Gelu.ERF)),
                keys.choice(
                        "model.output-embedding",
                        Map.of("tied", GptConfig.OutputEmbedding.TIED, "untied", GptConfig.OutputEmbedding.UNTIED)),
                keys.number("model.attention-dropout", Range.PROBABILITY),
                keys.number("model.hidden-dropout", Range.PROBABILITY),
                keys.number("model.init-method-std", Range.ABOVE_ZERO));
    }

    private ParallelConfig parallel() {
        var topology = new ParallelTopology(
                keys.integer("parallel.tensor-size", Range.AT_LEAST_ONE),
                keys.integer("parallel.pipeline-size", Range.AT_LEAST_ONE),
                keys.integer("parallel.data-size", Range.AT_LEAST_ONE));
        var schedules = Map.of(
                "1f1b", ParallelConfig.Schedule.ONE_FORWARD_ONE_BACKWARD, "gpipe", ParallelConfig.Schedule.GPIPE);
        return new ParallelConfig(topology, keys.choice("parallel.schedule", schedules));
    }

    private TrainConfig train() {
        int trainIters = keys.integer("train.train-iters", Range.AT_LEAST_ONE);
        int microBatchSize = keys.integer("train.micro-batch-size", Range.AT_LEAST_ONE);
        int globalBatchSize = keys.integer("train.global-batch-size", Range.AT_LEAST_ONE);
        int logInterval = keys.integer("train.log-interval", Range.AT_LEAST_ONE);
        int evalInterval = keys.integer("train.eval-interval", Range.NOT_NEGATIVE);
        long evalSamples = keys.integer("train.eval-samples", Range.NOT_NEGATIVE);
        // Every replica evaluates whole microbatches.
        long portion = (long) microBatchSize * parallel.topology().dataSize();
        long rounded = Math.min(Integer.MAX_VALUE, Math.ceilDiv(evalSamples, portion) * portion);
        var orders = Map.of("fixed", EvaluationOrder.FIXED, "continuing", EvaluationOrder.CONTINUING);
        return new TrainConfig(
                trainIters,
                microBatchSize,
                globalBatchSize,
                logInterval,
                evalInterval,
                (int) rounded,
                keys.choice("train.eval-order", orders),
                keys.exitAfter("train.exit-after"),
                keys.time("train.stop-within"),
                recompute());
    }

    private RecomputeConfig recompute() {
        return new RecomputeConfig(
                keys.choice(
                        "train.recompute-granularity",
                        Map.of(
                                "none", RecomputeConfig.Granularity.NONE,
                                "selective", RecomputeConfig.Granularity.SELECTIVE,
                                "full", RecomputeConfig.Granularity.FULL)),
                keys.choice(
                        "train.recompute-method",
                        Map.of(
                                "none", RecomputeConfig.Method.NONE,
                                "uniform", RecomputeConfig.Method.UNIFORM,
                                "block", RecomputeConfig.Method.BLOCK)),
                keys.integer("train.recompute-num-layers", Range.AT_LEAST_ONE));
    }

    private OptimizerConfig optimizer() {
        var styles = Map.of(
                "constant", OptimizerConfig.DecayStyle.CONSTANT,
                "linear", OptimizerConfig.DecayStyle.LINEAR,
                "cosine", OptimizerConfig.DecayStyle.COSINE,
                "inverse-square-root", OptimizerConfig.DecayStyle.INVERSE_SQUARE_ROOT);
        double learningRate = keys.number("optimizer.learning-rate", Range.ABOVE_ZERO);
        double minLearningRate = keys.number("optimizer.min-learning-rate", Range.NOT_NEGATIVE);
        OptimizerConfig.DecayStyle style = keys.choice("optimizer.decay-style", styles);
        long wholeRun = (long) train.trainIters() * train.globalBatchSize();
        long wanted = keys.longInteger("optimizer.decay-samples", Range.NOT_NEGATIVE);
        long decaySamples = wanted == 0 ? wholeRun : wanted;
        return new OptimizerConfig(
                learningRate,
                minLearningRate,
                style,
                keys.samples("optimizer.warmup-samples", decaySamples),
                decaySamples,
                keys.number("optimizer.beta1", Range.PROBABILITY),
                keys.number("optimizer.beta2", Range.PROBABILITY),
                keys.number("optimizer.epsilon", Range.ABOVE_ZERO),
                keys.number("optimizer.weight-decay", Range.NOT_NEGATIVE),
                keys.number("optimizer.clip-grad", Range.NOT_NEGATIVE),
                keys.flag("optimizer.distributed") ? OptimizerLayout.DISTRIBUTED : OptimizerLayout.REPLICATED);
    }

    private TransportSettings transport() {
        var channels = Map.of(
                "ipc", TransportSettings.Channel.IPC,
                "udp", TransportSettings.Channel.UDP,
                "loopback", TransportSettings.Channel.LOOPBACK);
        return new TransportSettings(
                keys.choice("transport.channel", channels),
                keys.path("transport.directory"),
                keys.powerOfTwoBytes("transport.term-length-bytes", SMALLEST_TERM, LARGEST_TERM),
                keys.integer("transport.base-stream-id", Range.AT_LEAST_ONE),
                keys.integer("transport.udp-port", Range.PORT));
    }

    private BackendConfig backend() {
        var types = Map.of("cpu", BackendConfig.Type.CPU, "scalar", BackendConfig.Type.SCALAR);
        return new BackendConfig(keys.choice("backend.type", types), products());
    }

    private BackendConfig.Products products() {
        String products = keys.wordOrPath("backend.blas", Set.of("auto", "openblas"));
        return switch (products) {
            case "auto" -> new BackendConfig.Products.Auto();
            case "openblas" -> new BackendConfig.Products.OpenBlas();
            default -> new BackendConfig.Products.Library(Path.of(products));
        };
    }

    private CheckpointConfig checkpoint() {
        return new CheckpointConfig(
                keys.path("checkpoint.directory"),
                keys.integer("checkpoint.interval", Range.NOT_NEGATIVE),
                keys.integer("checkpoint.keep", Range.AT_LEAST_ONE),
                keys.choice(
                        "checkpoint.resume",
                        Map.of(
                                "auto", CheckpointConfig.Resume.AUTO,
                                "never", CheckpointConfig.Resume.NEVER,
                                "required", CheckpointConfig.Resume.REQUIRED)),
                keys.choice(
                        "checkpoint.on-difference",
                        Map.of(
                                "refuse", CheckpointConfig.OnDifference.REFUSE,
                                "accept", CheckpointConfig.OnDifference.ACCEPT)),
                keys.flag("checkpoint.save") ? CheckpointConfig.Save.ON : CheckpointConfig.Save.OFF,
                keys.failpoint("checkpoint.failpoint"));
    }

    private StartConfig start() {
        return new StartConfig(
                keys.optionalPath("start.from"),
                keys.choice("start.take", Map.of("all", StartConfig.Take.ALL, "weights", StartConfig.Take.WEIGHTS)));
    }

    private TelemetryConfig telemetry() {
        return new TelemetryConfig(
                keys.path("telemetry.jsonl"),
                keys.choice(
                        "telemetry.log-line",
                        Map.of(
                                "megatron", LogForm.MEGATRON,
                                "extended", LogForm.EXTENDED)));
    }

    private GenerateConfig generate() {
        return new GenerateConfig(
                keys.text("generate.prompt"),
                keys.integer("generate.num-tokens", Range.NOT_NEGATIVE),
                keys.number("generate.temperature", Range.TEMPERATURE),
                keys.integer("generate.top-k", Range.TOP_K),
                keys.number("generate.top-p", Range.SHARE),
                keys.longInteger("generate.seed", Range.NOT_NEGATIVE));
    }
}
