package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.ModelSource.Moment;
import io.stagecraft.model.checkpoint.megatron.MegatronShard.Parameter;
import io.stagecraft.model.checkpoint.pickle.PickleValue;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Dictionary;
import io.stagecraft.model.checkpoint.pickle.PickleValue.None;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Sequence;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Tensor;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Whole;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The optimizer of one file: which of its tensors belong to which parameter.
///
/// There are two groups: parameters with weight decay, which have two dimensions, and those
/// without. A parameter is known by its place in its group. With half-precision weights the masters
/// are `fp32_from_fp16_params`. Source: Megatron-LM, `megatron/optimizer/__init__.py` and
/// `optimizer.py`.
final class SavedOptimizer {
    private static final List<String> MASTERS = List.of("fp32_from_fp16_params", "fp32_from_fp16");

    private final MegatronShard shard;
    private final Map<Parameter, Map<Moment, Tensor>> moments = new HashMap<>();
    private final Map<Parameter, Tensor> masters = new HashMap<>();
    private final Map<String, Object> settings;
    private final long numSteps;

    private SavedOptimizer(MegatronShard shard) {
        this.shard = shard;
        Dictionary outer = dictionary(shard.root(), "optimizer");
        String inner = outer.get("optimizer_state_dict").isPresent() ? "optimizer_state_dict" : "optimizer";
        Dictionary torch = outer.get("param_groups").isPresent() ? outer : dictionary(outer, inner);
        List<Dictionary> groups = groups(torch);
        Dictionary state = dictionary(torch, "state");
        List<List<Parameter>> byGroup = List.of(parameters(2), parameters(1));
        for (int group = 0; group < 2; group++) {
            readMoments(state, groups.get(group), byGroup.get(group));
        }
        for (String key : MASTERS) {
            if (outer.get(key).orElse(None.NONE) instanceof Sequence lists) {
                readMasters(key, lists, byGroup);
            }
        }
        settings = new HashMap<>(PlainValues.of(groups.getFirst(), shard.file().path(), "optimizer.param_groups"));
        settings.remove("params");
        numSteps = numSteps(groups.getFirst(), state);
    }

    /// The optimizer of `shard`, with state or without; an empty list if the file has none at all.
    static List<SavedOptimizer> of(MegatronShard shard) {
        return shard.root().get("optimizer").orElse(None.NONE) instanceof Dictionary
                ? List.of(new SavedOptimizer(shard))
                : List.of();
    }

    /// Moments by parameter; none if the run had not made a step.
    Map<Parameter, Map<Moment, Tensor>> moments() {
        return moments;
    }

    /// Single-precision values of parameters that the model has in half precision.
    Map<Parameter, Tensor> masters() {
        return masters;
    }

    /// Settings of the group with weight decay.
    Map<String, Object> settings() {
        return Map.copyOf(settings);
    }

    long numSteps() {
        return numSteps;
    }

    private Dictionary dictionary(Dictionary in, String key) {
        PickleValue value = in.get(key).orElse(None.NONE);
        if (value instanceof Dictionary dictionary) {
            return dictionary;
        }
        throw shard.fault(
                "optimizer",
                key + ": expected a dictionary but found " + value
                        + "; a distributed optimizer keeps its state in files of its own, which are not read");
    }

    private List<Dictionary> groups(Dictionary torch) {
        PickleValue value = torch.get("param_groups").orElse(None.NONE);
        if (value instanceof Sequence groups
                && groups.items().size() == 2
                && groups.items().get(0) instanceof Dictionary decayed
                && groups.items().get(1) instanceof Dictionary others) {
            return List.of(decayed, others);
        }
        throw shard.fault("optimizer.param_groups", "expected two, with and without weight decay, but found " + value);
    }

    private List<Parameter> parameters(int rank) {
        return shard.parameters().stream()
                .flatMap(List::stream)
                .filter(parameter -> (parameter.value().extents().size() > 1) == (rank > 1))
                .toList();
    }

    private void readMoments(Dictionary state, Dictionary group, List<Parameter> parameters) {
        PickleValue indices = group.get("params").orElse(None.NONE);
        if (!(indices instanceof Sequence sequence) || sequence.items().size() != parameters.size()) {
            throw shard.fault(
                    "optimizer.param_groups.params",
                    "expected " + parameters.size() + " as the model has but found " + indices);
        }
        for (int i = 0; i < parameters.size() && !state.entries().isEmpty(); i++) {
            PickleValue index = sequence.items().get(i);
            if (!(index instanceof Whole(long number))) {
                throw shard.fault("optimizer.param_groups.params", "expected numbers but found " + index);
            }
            PickleValue entry = state.get(number).orElse(None.NONE);
            var found = new EnumMap<Moment, Tensor>(Moment.class);
            for (Moment moment : Moment.values()) {
                String key = moment == Moment.FIRST ? "exp_avg" : "exp_avg_sq";
                String field = "optimizer.state." + number + "." + key;
                PickleValue value = entry instanceof Dictionary of ? of.get(key).orElse(None.NONE) : None.NONE;
                found.put(moment, fitting(value, parameters.get(i), field));
            }
            moments.put(parameters.get(i), found);
        }
    }

    private void readMasters(String key, Sequence lists, List<List<Parameter>> byGroup) {
        for (int group = 0; group < lists.items().size(); group++) {
            List<Parameter> parameters = group < 2 ? byGroup.get(group) : List.of();
            if (!(lists.items().get(group) instanceof Sequence values)
                    || values.items().size() != parameters.size()) {
                throw shard.fault(
                        "optimizer." + key,
                        "expected " + parameters.size() + " tensors in group " + group + " but found "
                                + lists.items().get(group));
            }
            for (int i = 0; i < parameters.size(); i++) {
                String field = "optimizer." + key + "." + group + "." + i;
                masters.put(parameters.get(i), fitting(values.items().get(i), parameters.get(i), field));
            }
        }
    }

    private Tensor fitting(PickleValue value, Parameter parameter, String field) {
        if (value instanceof Tensor tensor
                && tensor.extents().equals(parameter.value().extents())) {
            return tensor;
        }
        String found = value instanceof Tensor tensor ? tensor.extents().toString() : value.toString();
        throw shard.fault(
                field,
                "expected a tensor " + parameter.value().extents() + ", as "
                        + parameter.local().name() + " has, but found " + found);
    }

    private long numSteps(Dictionary group, Dictionary state) {
        if (group.get("step").isPresent()) {
            return (long) shard.number(group.get("step").get(), "optimizer.param_groups.step");
        }
        for (PickleValue entry : state.entries().values()) {
            if (entry instanceof Dictionary of && of.get("step").isPresent()) {
                return (long) shard.number(of.get("step").get(), "optimizer.state.step");
            }
        }
        return 0;
    }
}
