package io.stagecraft.actors.megatron;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import io.stagecraft.model.gpt.GptConfig;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// What the checkpoint of `--load` says in place of arguments: sizes with `--use-checkpoint-args`,
/// the schedule with `--use-checkpoint-opt_param-scheduler`.
///
/// @param sizes texts by argument; empty unless they are asked for
/// @param schedule empty unless it is asked for
record LoadedArguments(Map<String, String> sizes, SavedSchedule schedule) {
    private static final String SIZES = "--use-checkpoint-args";
    private static final String SCHEDULE = "--use-checkpoint-opt_param-scheduler";
    private static final String LOAD = "--load";

    LoadedArguments {
        sizes = Map.copyOf(sizes);
    }

    /// Reads the checkpoint if anything of it is asked for.
    static LoadedArguments of(GivenValues given) {
        boolean wantsSizes = given.has(SIZES);
        boolean wantsSchedule = given.has(SCHEDULE);
        var nothing = new LoadedArguments(Map.of(), new SavedSchedule(Map.of()));
        if (!wantsSizes && !wantsSchedule) {
            return nothing;
        }
        String asking = wantsSizes ? SIZES : SCHEDULE;
        if (!given.has(LOAD)) {
            given.fault(asking, "needs --load");
            return nothing;
        }
        if (wantsSchedule && given.has("--override-opt_param-scheduler")) {
            given.fault(SCHEDULE, "and --override-opt_param-scheduler exclude each other");
        }
        try (ModelSource source = ModelSources.open(Path.of(given.text(LOAD, "")))) {
            return new LoadedArguments(
                    wantsSizes ? sizes(source) : Map.of(),
                    wantsSchedule ? SavedSchedule.of(source) : new SavedSchedule(Map.of()));
        } catch (CheckpointFormatException | UncheckedIOException | IllegalArgumentException e) {
            given.fault(asking, "cannot be had from --load: " + e.getMessage());
            return nothing;
        }
    }

    private static Map<String, String> sizes(ModelSource source) {
        GptConfig model = source.model();
        var sizes = new LinkedHashMap<String, String>();
        sizes.put("--num-layers", String.valueOf(model.numLayers()));
        sizes.put("--hidden-size", String.valueOf(model.hiddenSize()));
        sizes.put("--num-attention-heads", String.valueOf(model.numHeads()));
        sizes.put("--max-position-embeddings", String.valueOf(model.maxPositions()));
        sizes.put("--ffn-hidden-size", String.valueOf(model.ffnHiddenSize()));
        if (source instanceof MegatronSource megatron
                && megatron.arguments().get("seq_length") instanceof Number length) {
            sizes.put("--seq-length", String.valueOf(length.longValue()));
        }
        return sizes;
    }

    /// What is given, otherwise what the checkpoint says; it is a fault if neither is there.
    String size(GivenValues given, String name, String standIn) {
        return !given.has(name) && sizes.containsKey(name) ? sizes.get(name) : given.required(name, standIn);
    }
}
