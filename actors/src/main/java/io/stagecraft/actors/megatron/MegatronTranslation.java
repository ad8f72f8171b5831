package io.stagecraft.actors.megatron;

import com.typesafe.config.ConfigUtil;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Works out settings from Megatron-LM's arguments, with Megatron-LM's defaults and derived values.
///
/// Source: Megatron-LM 23.04, `megatron/arguments.py`, `megatron/training.py`.
final class MegatronTranslation {
    private static final String LOAD = "--load";
    private static final String SAVE = "--save";
    private static final String MANY = String.valueOf(Integer.MAX_VALUE);

    private final GivenValues given;
    private final Map<String, MegatronSettings.Meaning> meanings = new LinkedHashMap<>();
    private final Batches batches;
    private final LoadedArguments loaded;

    MegatronTranslation(GivenValues given) {
        this.given = given;
        this.batches = Batches.of(given);
        this.loaded = LoadedArguments.of(given);
    }

    Map<String, MegatronSettings.Meaning> translate() {
        set("run.name", "pretrain-gpt", "the command");
        copy("run.seed", "--seed", "1234");
        data();
        model();
        layout();
        train();
        optimizer();
        checkpoints();
        set("generate.num-tokens", 0, "the command");
        set("telemetry.log-line", "megatron", "the command");
        return meanings;
    }

    private void data() {
        boolean whole = given.has("--data-path");
        List<String> parts = List.of("train", "valid", "test");
        if (!whole && parts.stream().noneMatch(it -> given.has("--" + it + "-data-path"))) {
            given.required("--data-path", "");
        }
        list("data.path", "--data-path", given.texts("--data-path"));
        for (String part : parts) {
            String name = "--" + part + "-data-path";
            list("data." + part + "-path", name, whole ? List.of() : given.texts(name));
        }
        text("data.split", "--split", "969, 30, 1");
        set("data.sequence-length", sequenceLength(), shown("--seq-length"));
        set("data.train-samples", batches.trainSamples(), shown("--train-samples"));
        text("data.vocab-file", "--vocab-file", "");
        text("data.merge-file", "--merge-file", "");
        text("data.index-directory", "--data-cache-path", "");
        flag("data.reset-position-ids", "--reset-position-ids");
        flag("data.reset-attention-mask", "--reset-attention-mask");
        flag("data.eod-mask-loss", "--eod-mask-loss");
        given.text("--tokenizer-type", "");
        given.text("--data-impl", "");
        given.text("--dataloader-type", "");
    }

    private String sequenceLength() {
        return given.has("--encoder-seq-length")
                ? given.text("--encoder-seq-length", "")
                : loaded.size(given, "--seq-length", "64");
    }

    private void model() {
        String layers = given.has("--encoder-num-layers") ? "--encoder-num-layers" : "--num-layers";
        set("model.num-layers", loaded.size(given, layers, "1"), shown(layers));
        String heads = loaded.size(given, "--num-attention-heads", "1");
        String hidden = loaded.size(given, "--hidden-size", "1");
        set("model.hidden-size", hidden, shown("--hidden-size"));
        set("model.num-attention-heads", heads, shown("--num-attention-heads"));
        headWidth(hidden, heads);
        String positions = "--max-position-embeddings";
        set("model.max-position-embeddings", loaded.size(given, positions, MANY), shown(positions));
        String inner = "--ffn-hidden-size";
        set("model.ffn-hidden-size", given.text(inner, loaded.sizes().getOrDefault(inner, "0")), shown(inner));
        long multiple = given.whole("--make-vocab-size-divisible-by", 1, 128) * batches.tensorSize();
        set(
                "model.make-vocab-size-divisible-by",
                multiple,
                shown("--make-vocab-size-divisible-by") + ", " + shown(Batches.TENSOR));
        copy("model.layernorm-epsilon", "--layernorm-epsilon", "1e-5");
        boolean plain = given.has("--no-bias-gelu-fusion");
        boolean tanh = given.has("--openai-gelu");
        set("model.gelu", plain && !tanh ? "erf" : "tanh", shown("--no-bias-gelu-fusion"));
        String untied = "--untie-embeddings-and-output-weights";
        set("model.output-embedding", given.has(untied) ? "untied" : "tied", shown(untied));
        copy("model.attention-dropout", "--attention-dropout", "0.1");
        copy("model.hidden-dropout", "--hidden-dropout", "0.1");
        copy("model.init-method-std", "--init-method-std", "0.02");
    }

    /// The widths of all heads make up the hidden size here; what is no number is found later.
    private void headWidth(String hidden, String heads) {
        long width = given.whole("--kv-channels", 1, 0);
        boolean areNumbers = hidden.matches("[0-9]{1,9}") && heads.matches("[0-9]{1,9}");
        if (width > 0 && areNumbers && width * Long.parseLong(heads) != Long.parseLong(hidden)) {
            given.fault("--kv-channels", "must be hidden size / heads here: " + hidden + " / " + heads);
        }
    }

    private void layout() {
        set("parallel.tensor-size", batches.tensorSize(), shown(Batches.TENSOR));
        set("parallel.pipeline-size", batches.pipelineSize(), shown(Batches.PIPELINE));
        set("parallel.data-size", batches.dataSize(), shown(Batches.WORLD));
        given.text("--DDP-impl", "");
        given.text("--transformer-impl", "");
    }

    private void train() {
        set("train.train-iters", batches.trainIters(), shown(Batches.ITERS));
        set("train.micro-batch-size", batches.microBatch(), shown(Batches.MICRO));
        set("train.global-batch-size", batches.globalBatch(), shown(Batches.GLOBAL));
        copy("train.log-interval", "--log-interval", "100");
        copy("train.eval-interval", "--eval-interval", "1000");
        long evalIters = given.whole("--eval-iters", 0, 100);
        set("train.eval-samples", evalIters * batches.globalBatch(), shown("--eval-iters"));
        set("train.eval-order", "continuing", "the command");
        exit();
        recompute();
    }

    /// The older switch is overruled by the newer, as there.
    private void recompute() {
        String granularity = "--recompute-granularity";
        String method = "--recompute-method";
        boolean older = given.has("--checkpoint-activations");
        boolean selective = given.has("--recompute-activations");
        set(
                "train.recompute-granularity",
                selective ? "selective" : older ? "full" : given.text(granularity, "none"),
                selective ? "--recompute-activations" : older ? "--checkpoint-activations" : shown(granularity));
        set(
                "train.recompute-method",
                older ? "uniform" : given.text(method, "none"),
                older ? "--checkpoint-activations" : shown(method));
        copy("train.recompute-num-layers", "--recompute-num-layers", "1");
    }

    private void exit() {
        long interval = given.whole("--exit-interval", 1, 0);
        long minutes = given.whole("--exit-duration-in-mins", 1, 0);
        if (interval > 0 && minutes > 0) {
            given.fault("--exit-interval", "is here without --exit-duration-in-mins only");
        }
        set(
                "train.exit-after",
                interval > 0 ? "multiple of " + interval + " steps" : minutes > 0 ? minutes + " minutes" : "never",
                interval > 0 ? shown("--exit-interval") : shown("--exit-duration-in-mins"));
    }

    private void optimizer() {
        given.text("--optimizer", "");
        given.text("--weight-decay-incr-style", "");
        SavedSchedule saved = loaded.schedule();
        set("optimizer.learning-rate", saved.maxRate(given.required("--lr", "1")), shown("--lr"));
        set("optimizer.min-learning-rate", saved.minRate(given.text("--min-lr", "0")), shown("--min-lr"));
        String style = "--lr-decay-style";
        set("optimizer.decay-style", saved.style(given.text(style, "linear")), shown(style));
        var span = DecaySpan.of(given, batches);
        String decay = saved.decaySamples(String.valueOf(span.decaySamples()));
        set("optimizer.decay-samples", decay, span.decayArgument());
        set("optimizer.warmup-samples", saved.warmupSamples(span.warmupSamples()), span.warmupArgument());
        copy("optimizer.beta1", "--adam-beta1", "0.9");
        copy("optimizer.beta2", "--adam-beta2", "0.999");
        copy("optimizer.epsilon", "--adam-eps", "1e-8");
        copy("optimizer.weight-decay", "--weight-decay", "0.01");
        copy("optimizer.clip-grad", "--clip-grad", "1.0");
    }

    private void checkpoints() {
        boolean loads = given.has(LOAD);
        boolean saves = given.has(SAVE);
        boolean goesOn = loads && saves && given.text(LOAD, "").equals(given.text(SAVE, ""));
        set("checkpoint.save", saves ? "on" : "off", shown(SAVE));
        if (saves) {
            text("run.directory", SAVE, "");
            text("checkpoint.directory", SAVE, "");
        }
        if (given.has("--save-interval") && !saves) {
            given.fault("--save-interval", "needs --save");
        }
        copy("checkpoint.interval", "--save-interval", "0");
        set("checkpoint.keep", Integer.MAX_VALUE, "the command");
        set("checkpoint.resume", goesOn ? "auto" : "never", shown(LOAD));
        boolean override = given.has("--override-opt_param-scheduler");
        set("checkpoint.on-difference", override ? "accept" : "refuse", shown("--override-opt_param-scheduler"));
        text("start.from", LOAD, "");
        boolean finetune = given.has("--finetune");
        set("start.take", finetune ? "weights" : "all", shown("--finetune"));
        if (given.has("--no-load-optim") && !finetune) {
            given.fault("--no-load-optim", "is here together with --finetune only, which begins at iteration 0");
        }
        if (finetune && !loads) {
            given.fault("--finetune", "needs --load");
        }
    }

    private String shown(String name) {
        return given.shown(name);
    }

    private void set(String key, Object value, String argument) {
        String text = String.valueOf(value);
        meanings.put(key, new MegatronSettings.Meaning(text, argument));
    }

    /// A value that needs no change.
    private void copy(String key, String name, String otherwise) {
        set(key, given.text(name, otherwise), shown(name));
    }

    private void flag(String key, String name) {
        set(key, given.has(name) ? "on" : "off", shown(name));
    }

    /// Text that may hold what HOCON has a meaning for.
    private void text(String key, String name, String otherwise) {
        set(key, ConfigUtil.quoteString(given.text(name, otherwise)), shown(name));
    }

    private void list(String key, String name, List<String> values) {
        String text = values.stream().map(ConfigUtil::quoteString).collect(Collectors.joining(", ", "[", "]"));
        set(key, text, shown(name));
    }
}
