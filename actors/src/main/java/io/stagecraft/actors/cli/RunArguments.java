package io.stagecraft.actors.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.io.File;
import java.net.URL;
import java.util.LinkedHashMap;
import java.util.Map;

/// The settings of a run of ours by the names that Megatron-LM has for them.
///
/// Source: Megatron-LM 23.04, `megatron/arguments.py`.
final class RunArguments {
    private RunArguments() {}

    /// What the configuration in a checkpoint says; empty if it says none that is understood.
    static Map<String, Object> of(Map<String, Object> configuration) {
        if (!(configuration.get("hocon") instanceof String text)) {
            return Map.of();
        }
        try {
            Config config = ConfigFactory.parseString(
                    text, ConfigParseOptions.defaults().setIncluder(new NoIncludes()));
            return of(config.hasPath("stagecraft") ? config.getConfig("stagecraft") : config);
        } catch (ConfigException | ArithmeticException | NumberFormatException | StackOverflowError e) {
            return Map.of();
        }
    }

    /// A checkpoint may be anybody's: its text must not make this program read files or ask other
    /// machines.
    private static final class NoIncludes
            implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
        @Override
        public ConfigIncluder withFallback(ConfigIncluder fallback) {
            return this;
        }

        @Override
        public ConfigObject include(ConfigIncludeContext context, String what) {
            return refuse();
        }

        @Override
        public ConfigObject includeFile(ConfigIncludeContext context, File what) {
            return refuse();
        }

        @Override
        public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
            return refuse();
        }

        @Override
        public ConfigObject includeResources(ConfigIncludeContext context, String what) {
            return refuse();
        }

        private static ConfigObject refuse() {
            throw new ConfigException.Generic("the configuration in a checkpoint includes nothing");
        }
    }

    private static Map<String, Object> of(Config config) {
        var arguments = new LinkedHashMap<String, Object>();
        whole(config, "train.train-iters", "train_iters", arguments);
        whole(config, "train.global-batch-size", "global_batch_size", arguments);
        whole(config, "train.micro-batch-size", "micro_batch_size", arguments);
        whole(config, "data.sequence-length", "seq_length", arguments);
        whole(config, "run.seed", "seed", arguments);
        real(config, "optimizer.learning-rate", "lr", arguments);
        real(config, "optimizer.min-learning-rate", "min_lr", arguments);
        real(config, "optimizer.beta1", "adam_beta1", arguments);
        real(config, "optimizer.beta2", "adam_beta2", arguments);
        real(config, "optimizer.epsilon", "adam_eps", arguments);
        real(config, "optimizer.weight-decay", "weight_decay", arguments);
        real(config, "optimizer.weight-decay", "start_weight_decay", arguments);
        real(config, "optimizer.weight-decay", "end_weight_decay", arguments);
        real(config, "optimizer.clip-grad", "clip_grad", arguments);
        arguments.put("lr_decay_style", config.getString("optimizer.decay-style"));
        arguments.put("optimizer", "adam");
        schedule(config, arguments);
        return arguments;
    }

    /// Warm-up and decay count samples here, iterations there.
    private static void schedule(Config config, Map<String, Object> arguments) {
        long batch = config.getLong("train.global-batch-size");
        long run = config.getLong("train.train-iters") * batch;
        long decay = config.getLong("optimizer.decay-samples");
        decay = decay == 0 ? run : decay;
        String warmup = config.getString("optimizer.warmup-samples").strip();
        long samples = warmup.endsWith("%")
                ? Math.round(decay
                        * Double.parseDouble(
                                warmup.substring(0, warmup.length() - 1).strip())
                        / 100)
                : Long.parseLong(warmup);
        arguments.put("lr_decay_iters", decay / batch);
        if (samples % batch == 0) {
            arguments.put("lr_warmup_iters", samples / batch);
        } else {
            arguments.put("lr_warmup_fraction", (double) samples / decay);
        }
    }

    private static void whole(Config config, String key, String name, Map<String, Object> arguments) {
        arguments.put(name, config.getLong(key));
    }

    private static void real(Config config, String key, String name, Map<String, Object> arguments) {
        arguments.put(name, config.getDouble(key));
    }
}
