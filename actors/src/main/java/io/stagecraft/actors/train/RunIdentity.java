package io.stagecraft.actors.train;

import io.stagecraft.actors.config.IndexedDataConfig;
import io.stagecraft.actors.config.OptimizerConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.model.checkpoint.Manifest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What makes a run the run it is, so that a checkpoint of another one is noticed before it goes
/// on: model, tokenizer, samples, seed, batch, optimizer and its schedule. Layout, intervals, logs
/// and the number of steps are free.
///
/// @param settings by the keys of the configuration, or by ours where there is none
record RunIdentity(Map<String, Object> settings) {
    /// Of the manifest's configuration.
    static final String SECTION = "identity";

    private static final String TRAIN_ITERS = "train.train-iters";
    private static final String BATCH = "train.global-batch-size";
    private static final String WARM_UP = "optimizer.warmup-samples";
    private static final String DECAY = "optimizer.decay-samples";
    private static final String TOKENIZER = "tokenizer";

    /// A schedule of as many samples as the run: it grows with the run.
    private static final long WHOLE_RUN = 0;

    private static final int LONGEST = 80;

    RunIdentity {
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
    }

    /// Of a run that `config` describes on `subject`, without model and tokenizer, which a
    /// checkpoint keeps themselves.
    static RunIdentity of(StagecraftConfig config, RunSubject subject) {
        OptimizerConfig optimizer = config.optimizer();
        long samples = (long) config.train().trainIters() * config.train().globalBatchSize();
        var values = new LinkedHashMap<String, Object>();
        values.put("run.seed", config.run().seed());
        values.put("data.sequence-length", (long) subject.sequenceLength());
        values.put("data (its first samples)", SampleDigest.of(subject, config.train()));
        IndexedDataConfig.Rules rules = config.data().indexed().rules();
        values.put("data.reset-position-ids", rules.resetPositionIds());
        values.put("data.reset-attention-mask", rules.resetAttentionMask());
        values.put("data.eod-mask-loss", rules.eodMaskLoss());
        values.put(BATCH, (long) config.train().globalBatchSize());
        values.put(TRAIN_ITERS, (long) config.train().trainIters());
        values.put("optimizer.learning-rate", optimizer.learningRate());
        values.put("optimizer.min-learning-rate", optimizer.minLearningRate());
        values.put("optimizer.decay-style", optimizer.decayStyle().name().toLowerCase(Locale.ROOT));
        values.put(DECAY, optimizer.decaySamples() == samples ? WHOLE_RUN : optimizer.decaySamples());
        values.put(WARM_UP, optimizer.warmupSamples());
        values.put("optimizer.beta1", optimizer.beta1());
        values.put("optimizer.beta2", optimizer.beta2());
        values.put("optimizer.epsilon", optimizer.epsilon());
        values.put("optimizer.weight-decay", optimizer.weightDecay());
        values.put("optimizer.clip-grad", optimizer.clipGrad());
        return new RunIdentity(values);
    }

    /// What `manifest` says, in the same words.
    ///
    /// - Errors: [IllegalArgumentException] if it says nothing: the checkpoint is of no run that
    ///   can go on.
    static RunIdentity saved(Manifest manifest, Path folder) {
        if (!(manifest.section(Manifest.Section.CONFIGURATION).getOrDefault(SECTION, "") instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("the checkpoint " + folder + " has a model but not the state of a run"
                    + " (no configuration." + SECTION + " in its manifest), so no run can go on with it;"
                    + " checkpoint.resume=never starts anew, another run.name keeps it");
        }
        var settings = new LinkedHashMap<String, Object>();
        map.forEach((key, value) -> settings.put(String.valueOf(key), value));
        return new RunIdentity(settings);
    }

    /// The number of steps of the saved run, if the schedule of this one is as long as the run and
    /// the saved one was of another length: the learning rate then follows another curve from here.
    Optional<Object> otherLength(RunIdentity saved) {
        return settings.getOrDefault(DECAY, -1L).equals(WHOLE_RUN)
                ? Optional.of(saved.settings.getOrDefault(TRAIN_ITERS, "unknown"))
                        .filter(steps -> !steps.equals(settings.get(TRAIN_ITERS)))
                : Optional.empty();
    }

    /// Every setting in which the saved run is another one than this, as `key: saved, now`; none if
    /// a checkpoint of that one can go on as this.
    ///
    /// @param model of this run, as a checkpoint keeps it
    /// @param tokenizer of this run, as a checkpoint keeps it
    List<String> differences(Manifest manifest, RunIdentity saved, Map<String, Object> model, Object tokenizer) {
        var differences = new ArrayList<String>();
        compare("model.", manifest.section(Manifest.Section.MODEL), plain(model), differences);
        if (!manifest.section(Manifest.Section.TOKENIZER).equals(tokenizer)) {
            differences.add(TOKENIZER + ": the checkpoint has another one");
        }
        var then = new LinkedHashMap<>(saved.settings);
        var now = new LinkedHashMap<>(settings);
        if (isWarmUpOfTheSameShare(saved)) {
            then.remove(WARM_UP);
            now.remove(WARM_UP);
        }
        then.remove(TRAIN_ITERS);
        now.remove(TRAIN_ITERS);
        compare("", then, now, differences);
        return List.copyOf(differences);
    }

    private static void compare(
            String prefix, Map<String, Object> saved, Map<String, Object> now, List<String> differences) {
        now.forEach((key, value) -> {
            Object before = saved.getOrDefault(key, "missing");
            if (!before.equals(value)) {
                differences.add(prefix + key + ": " + shown(before) + " in the checkpoint, " + value + " now");
            }
        });
    }

    /// What a file says, safe to print.
    private static String shown(Object value) {
        String text = Printable.line(String.valueOf(value));
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "...";
    }

    /// Whole numbers as a manifest gives them back.
    private static Map<String, Object> plain(Map<String, Object> model) {
        var plain = new LinkedHashMap<String, Object>();
        model.forEach(
                (key, value) -> plain.put(key, value instanceof Integer number ? (Object) number.longValue() : value));
        return plain;
    }

    /// A warm-up that is a share of the whole run grows with the run, up to rounding to whole
    /// samples.
    private boolean isWarmUpOfTheSameShare(RunIdentity saved) {
        if (!settings.getOrDefault(DECAY, -1L).equals(WHOLE_RUN)
                || !saved.settings.getOrDefault(DECAY, -1L).equals(WHOLE_RUN)) {
            return false;
        }
        double mine = share();
        double other = saved.share();
        return Math.abs(mine - other) <= Math.max(1 / wholeRun(), 1 / saved.wholeRun());
    }

    private double share() {
        return number(WARM_UP) / wholeRun();
    }

    private double wholeRun() {
        return number(TRAIN_ITERS) * number(BATCH);
    }

    private double number(String key) {
        return settings.get(key) instanceof Number number ? number.doubleValue() : Double.NaN;
    }
}
