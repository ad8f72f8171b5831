package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.torch.PickleItem;
import java.util.LinkedHashMap;
import java.util.Map;

/// State of the schedule of learning rate and weight decay, computed from the run's arguments as
/// Megatron-LM does at its start: when it loads the state it wants both to be equal.
///
/// Source: Megatron-LM 23.04, `megatron/training.py`, `get_optimizer_param_scheduler`, and
/// `megatron/optimizer_param_scheduler.py`.
///
/// @param maxRate largest learning rate
/// @param minRate smallest learning rate after warm-up
/// @param warmupSamples samples until the largest; fractional if it is a fraction of the decay
/// @param decaySamples samples until the smallest
/// @param style name of the decay
/// @param decay of the weights
/// @param totalSamples of the run
/// @param doneSamples by which the schedule has moved on
record ScheduleWriter(
        double maxRate,
        double minRate,
        Number warmupSamples,
        long decaySamples,
        String style,
        WeightDecay decay,
        long totalSamples,
        long doneSamples) {
    /// Of the weights, from begin to end of the run.
    record WeightDecay(double start, double end, String style) {}

    /// The schedule of a run with `arguments`, which say a learning rate, after `doneSamples`
    /// samples.
    static ScheduleWriter of(ArgumentsWriter arguments, long doneSamples) {
        long batch = whole(arguments, "global_batch_size", 1);
        boolean bySamples = !arguments.knows("train_iters") && arguments.knows("train_samples");
        long total = bySamples ? whole(arguments, "train_samples", 0) : whole(arguments, "train_iters", 0) * batch;
        long decaySamples = bySamples
                ? whole(arguments, "lr_decay_samples", total)
                : whole(arguments, "lr_decay_iters", total / batch) * batch;
        Number warmup =
                bySamples ? whole(arguments, "lr_warmup_samples", 0) : whole(arguments, "lr_warmup_iters", 0) * batch;
        if (arguments.knows("lr_warmup_fraction")) {
            warmup = real(arguments, "lr_warmup_fraction", 0) * decaySamples;
        }
        double decay = real(arguments, "weight_decay", 0.01);
        return new ScheduleWriter(
                real(arguments, "lr", 0),
                real(arguments, "min_lr", 0),
                warmup,
                decaySamples,
                String.valueOf(arguments.value("lr_decay_style", "linear")),
                new WeightDecay(
                        arguments.knows("start_weight_decay") ? real(arguments, "start_weight_decay", decay) : decay,
                        arguments.knows("end_weight_decay") ? real(arguments, "end_weight_decay", decay) : decay,
                        String.valueOf(arguments.value("weight_decay_incr_style", "constant"))),
                total,
                doneSamples);
    }

    private static long whole(ArgumentsWriter arguments, String name, long otherwise) {
        return arguments.value(name, otherwise) instanceof Number number ? number.longValue() : otherwise;
    }

    private static double real(ArgumentsWriter arguments, String name, double otherwise) {
        return arguments.value(name, otherwise) instanceof Number number ? number.doubleValue() : otherwise;
    }

    /// `opt_param_scheduler`.
    PickleItem item() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("max_lr", maxRate);
        values.put("lr_warmup_steps", warmupSamples);
        values.put("num_steps", doneSamples);
        values.put("lr_decay_style", style);
        values.put("lr_decay_steps", decaySamples);
        values.put("min_lr", minRate);
        values.put("start_wd", decay.start());
        values.put("end_wd", decay.end());
        values.put("wd_incr_style", decay.style());
        values.put("wd_incr_steps", totalSamples);
        return PickleItem.dictionary(values);
    }

    /// Learning rate of the next step.
    double rate() {
        double warmup = warmupSamples.doubleValue();
        if (warmup > 0 && doneSamples <= warmup) {
            return maxRate * doneSamples / warmup;
        }
        if (style.equals("constant")) {
            return maxRate;
        }
        if (doneSamples > decaySamples) {
            return minRate;
        }
        double ratio = (doneSamples - warmup) / Math.max(1, decaySamples - warmup);
        return switch (style) {
            case "linear" -> minRate + (1 - ratio) * (maxRate - minRate);
            case "cosine" -> minRate + 0.5 * (Math.cos(Math.PI * ratio) + 1) * (maxRate - minRate);
            case "inverse-square-root" ->
                Math.max(minRate, maxRate * Math.sqrt(Math.max(1, warmup)) / Math.sqrt(Math.max(1, doneSamples)));
            default -> maxRate;
        };
    }

    /// Weight decay of the next step.
    double weightDecay() {
        if (decay.style().equals("constant") || doneSamples >= totalSamples) {
            return decay.end();
        }
        double ratio = (double) doneSamples / totalSamples;
        return switch (decay.style()) {
            case "linear" -> decay.start() + ratio * (decay.end() - decay.start());
            default -> decay.start() + 0.5 * (Math.cos(Math.PI * (1 - ratio)) + 1) * (decay.end() - decay.start());
        };
    }
}
