package io.stagecraft.actors.train;

import io.stagecraft.actors.config.Breach;
import io.stagecraft.actors.config.DataConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.Recomputation;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.plan.LayoutPlan;
import io.stagecraft.stages.run.RankSpec;
import java.util.List;
import java.util.Locale;

/// Rules that a valid configuration must keep on a given machine, found without running anything.
public final class PlanRules {
    /// Stands for the vocabulary before a text is read: more than the characters of any alphabet we
    /// met, and next to nothing beside the layers.
    private static final int ASSUMED_VOCABULARY = 512;

    private static final int VOCABULARY_OF_GPT2 = 50257;

    private static final List<String> SIZES = List.of(
            "model.hidden-size",
            "model.num-layers",
            "model.max-position-embeddings",
            "train.micro-batch-size",
            "data.sequence-length");

    private PlanRules() {}

    /// What `config` breaks on a machine with `machineBytes` of memory; empty if nothing.
    public static List<Breach> broken(StagecraftConfig config, long machineBytes) {
        GptConfig model = config.model().withVocabulary(vocabulary(config.data()));
        RankSpec spec = RunValues.rankSpec(config, model, config.data().sequenceLength());
        long needed;
        try {
            needed = bytes(spec);
        } catch (ArithmeticException _) {
            return List.of(new Breach(SIZES, "makes a model too large to be counted; make it smaller", ""));
        }
        if (needed <= machineBytes) {
            return List.of();
        }
        String rule = String.format(
                Locale.ROOT,
                "makes a model that needs %.1f GiB in this layout, weights, gradients, moments, activations and"
                        + " buffers of all ranks, but this machine has %.1f GiB; make the model, the microbatch or"
                        + " the sequence smaller",
                gibibytes(needed),
                gibibytes(machineBytes));
        long recomputed = bytes(spec.withRecomputation(new Recomputation.Uniform(1)));
        return List.of(new Breach(SIZES, rule, recomputed <= machineBytes ? fitting(recomputed) : ""));
    }

    private static long bytes(RankSpec spec) {
        try (Backend backend = new ScalarBackend(DType.FLOAT32)) {
            return LayoutPlan.of(spec, backend).totalBytes();
        }
    }

    private static String fitting(long recomputedBytes) {
        return String.format(
                Locale.ROOT,
                "nearest: train.recompute-granularity = full with train.recompute-method = uniform, which needs"
                        + " %.1f GiB and more time",
                gibibytes(recomputedBytes));
    }

    private static int vocabulary(DataConfig data) {
        boolean isGpt2 = data.indexed().isGiven() || data.tokenizer() == DataConfig.TextTokenizer.GPT2;
        return isGpt2 && data.indexed().vocabFile().isEmpty() ? VOCABULARY_OF_GPT2 : ASSUMED_VOCABULARY;
    }

    private static double gibibytes(long bytes) {
        return bytes / (1024.0 * 1024 * 1024);
    }
}
