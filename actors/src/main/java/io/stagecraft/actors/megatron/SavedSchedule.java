package io.stagecraft.actors.megatron;

import io.stagecraft.actors.config.OptimizerConfig;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The schedule of the learning rate that Megatron-LM saved with a checkpoint.
///
/// Source: Megatron-LM, `optimizer_param_scheduler.py`; older names are its `load_state_dict`'s.
///
/// @param values by their names there; empty if none were saved
public record SavedSchedule(Map<String, Object> values) {
    private static final String MAX = "max_lr";
    private static final String MIN = "min_lr";
    private static final String STYLE = "lr_decay_style";
    private static final String WARMUP = "lr_warmup_steps";
    private static final String DECAY = "lr_decay_steps";
    private static final String WEIGHT_DECAY = "start_wd";

    private static final Map<String, String> OLDER_NAMES = Map.of(
            MAX, "start_lr",
            STYLE, "decay_style",
            WARMUP, "warmup_steps",
            DECAY, "decay_steps");

    public SavedSchedule {
        values = Map.copyOf(values);
    }

    /// Of `source`; empty unless Megatron-LM wrote it.
    public static SavedSchedule of(ModelSource source) {
        return new SavedSchedule(source instanceof MegatronSource megatron ? megatron.schedule() : Map.of());
    }

    /// Every setting of `optimizer` that the run of this schedule had otherwise.
    public List<String> differences(OptimizerConfig optimizer) {
        var found = new ArrayList<String>();
        compare("optimizer.learning-rate", optimizer.learningRate(), MAX, found);
        compare("optimizer.min-learning-rate", optimizer.minLearningRate(), MIN, found);
        compare("optimizer.warmup-samples", optimizer.warmupSamples(), WARMUP, found);
        compare("optimizer.decay-samples", optimizer.decaySamples(), DECAY, found);
        compare("optimizer.weight-decay", optimizer.weightDecay(), WEIGHT_DECAY, found);
        String style = optimizer.decayStyle().name().toLowerCase(Locale.ROOT).replace('_', '-');
        Object saved = saved(STYLE, style);
        if (!saved.equals(style)) {
            found.add("optimizer.decay-style = " + style + " but it had " + saved);
        }
        return List.copyOf(found);
    }

    private void compare(String key, double value, String name, List<String> found) {
        if (saved(name, value) instanceof Number saved && saved.doubleValue() != value) {
            found.add(key + " = " + value + " but it had " + saved);
        }
    }

    /// The value of `name`; `otherwise` if it was not saved.
    Object saved(String name, Object otherwise) {
        return values.getOrDefault(name, values.getOrDefault(OLDER_NAMES.getOrDefault(name, name), otherwise));
    }

    /// Learning rate of the peak, as text; `otherwise` if it was not saved.
    String maxRate(String otherwise) {
        return String.valueOf(saved(MAX, otherwise));
    }

    /// Its floor.
    String minRate(String otherwise) {
        return String.valueOf(saved(MIN, otherwise));
    }

    /// Form of the decay.
    String style(String otherwise) {
        return String.valueOf(saved(STYLE, otherwise));
    }

    /// Samples until the floor.
    String decaySamples(String otherwise) {
        return String.valueOf(saved(DECAY, otherwise));
    }

    /// Samples of warm-up.
    String warmupSamples(String otherwise) {
        return String.valueOf(saved(WARMUP, otherwise));
    }
}
