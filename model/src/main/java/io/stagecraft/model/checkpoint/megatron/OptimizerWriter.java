package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.torch.PickleItem;
import io.stagecraft.model.checkpoint.torch.PickleItem.Entry;
import io.stagecraft.model.checkpoint.torch.PickleItem.Whole;
import io.stagecraft.model.checkpoint.torch.TorchStorage;
import io.stagecraft.model.layer.Parameter;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/// State of the optimizer of one rank: apex's FusedAdam, wrapped where the weights are of half
/// precision.
///
/// Source: Megatron-LM 23.04, `megatron/optimizer/optimizer.py` and `grad_scaler.py`; apex,
/// `apex/optimizers/fused_adam.py`.
///
/// @param parameters of the rank
/// @param arguments of the run
/// @param schedule says rate and decay
record OptimizerWriter(ParametersWriter parameters, ArgumentsWriter arguments, ScheduleWriter schedule) {
    /// `optimizer` of a model of `type`.
    PickleItem item(ElementType type) {
        PickleItem adam = adam();
        if (type == ElementType.F32) {
            return adam;
        }
        var wrapped = new LinkedHashMap<String, Object>();
        wrapped.put("optimizer", adam);
        if (type == ElementType.F16) {
            wrapped.put("grad_scaler", scaler());
        }
        wrapped.put(
                "fp32_from_fp16_params",
                parameters.groups().stream()
                        .map(group -> group.stream().map(parameters::master).toList())
                        .toList());
        return PickleItem.of(wrapped);
    }

    private PickleItem adam() {
        var state = new ArrayList<Entry>();
        var groups = new ArrayList<PickleItem>();
        int index = 0;
        for (List<Parameter> group : parameters.groups()) {
            var indices = new ArrayList<Integer>();
            for (Parameter parameter : group) {
                state.add(new Entry(new Whole(index), parameters.moments(parameter)));
                indices.add(index++);
            }
            groups.add(group(groups.isEmpty() ? 1.0 : 0.0, indices));
        }
        var adam = new LinkedHashMap<String, Object>();
        adam.put("state", new PickleItem.Dictionary(state));
        adam.put("param_groups", groups);
        return PickleItem.of(adam);
    }

    private PickleItem group(double decayFactor, List<Integer> indices) {
        var group = new LinkedHashMap<String, Object>();
        group.put("wd_mult", decayFactor);
        group.put("lr_mult", 1.0);
        group.put("lr", schedule.rate());
        group.put("bias_correction", true);
        group.put(
                "betas", PickleItem.Tuple.of(arguments.value("adam_beta1", 0.9), arguments.value("adam_beta2", 0.999)));
        group.put("eps", arguments.value("adam_eps", 1e-8));
        group.put("weight_decay", decayFactor * schedule.weightDecay());
        group.put("step", parameters.source().progress().numAdamSteps());
        group.put("params", indices);
        return PickleItem.of(group);
    }

    /// A dynamic loss scale at its beginning.
    private PickleItem scaler() {
        Object initial = arguments.value("initial_loss_scale", 1L << 32);
        float scale = initial instanceof Number number ? number.floatValue() : 0x1p32F;
        var storage =
                new TorchStorage(ElementType.F32, 1, into -> into.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, scale));
        var scaler = new LinkedHashMap<String, Object>();
        scaler.put("scale", new PickleItem.TensorValue(storage, List.of(1L)));
        scaler.put("growth_tracker", 0);
        scaler.put("hysteresis_tracker", arguments.value("hysteresis", 2));
        return PickleItem.of(scaler);
    }
}
