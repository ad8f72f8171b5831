package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSource.Moment;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.checkpoint.torch.PickleItem;
import io.stagecraft.model.checkpoint.torch.PickleItem.OrderedDictionary;
import io.stagecraft.model.checkpoint.torch.TorchStorage;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The parameters of one rank as Megatron-LM saves them.
///
/// @param source has weights and moments
/// @param masters has the weights in single precision
/// @param parameters of the rank, in the model's order; a tied copy is the last
record ParametersWriter(ModelSource source, ModelSource masters, List<Parameter> parameters) {
    static final String WORDS = "language_model.embedding.word_embeddings.weight";

    private static final String EMBEDDING = "language_model.embedding.";
    private static final String ENCODER = "language_model.encoder.";
    private static final Pattern LAYER = Pattern.compile("layers\\.(\\d+)\\.(.+)");

    /// `model`: layers are counted from `firstLayer` on.
    PickleItem model(int firstLayer) {
        var embedding = new LinkedHashMap<String, Object>();
        var encoder = new LinkedHashMap<String, Object>();
        var rest = new LinkedHashMap<String, Object>();
        var model = new LinkedHashMap<String, Object>();
        for (Parameter parameter : parameters) {
            if (parameter.role() == Parameter.Role.TIED_COPY) {
                tiedHead(parameter).ifPresent(head -> model.put("word_embeddings_for_head", head));
            } else if (parameter.name().startsWith(ENCODER)) {
                encoder.put(local(parameter.name().substring(ENCODER.length()), firstLayer), weight(source, parameter));
            } else if (parameter.name().startsWith(EMBEDDING)) {
                embedding.put(parameter.name().split("\\.")[2], ordered("weight", weight(source, parameter)));
            } else {
                rest.put(parameter.name().split("\\.")[1], ordered("weight", weight(source, parameter)));
            }
        }
        var language = new LinkedHashMap<String, Object>();
        if (!embedding.isEmpty()) {
            language.put("embedding", embedding);
        }
        language.put("encoder", new OrderedDictionary(PickleItem.dictionary(encoder)));
        language.putAll(rest);
        model.putFirst("language_model", language);
        return PickleItem.dictionary(model);
    }

    /// A rank that has the embedding too keeps no copy.
    private Optional<PickleItem> tiedHead(Parameter copy) {
        return hasOwn(copy) ? Optional.empty() : Optional.of(ordered("weight", weight(source, copy)));
    }

    private boolean hasOwn(Parameter copy) {
        return parameters.getFirst().role() == Parameter.Role.OWN
                && parameters.getFirst().name().equals(copy.name());
    }

    private static PickleItem ordered(String name, PickleItem value) {
        return new OrderedDictionary(PickleItem.dictionary(Map.of(name, value)));
    }

    private static String local(String name, int firstLayer) {
        Matcher layer = LAYER.matcher(name);
        return layer.matches()
                ? "layers." + (Integer.parseInt(layer.group(1)) - firstLayer) + "." + layer.group(2)
                : name;
    }

    /// What the optimizer has: parameters with weight decay, then those without, each in the
    /// model's order.
    List<List<Parameter>> groups() {
        List<Parameter> all = parameters.stream()
                .filter(parameter -> parameter.role() == Parameter.Role.OWN || !hasOwn(parameter))
                .toList();
        return Stream.of(true, false)
                .map(decays -> all.stream()
                        .filter(parameter -> parameter.decays() == decays)
                        .toList())
                .toList();
    }

    /// Both moments of `parameter`.
    PickleItem moments(Parameter parameter) {
        var moments = new LinkedHashMap<String, Object>();
        moments.put("exp_avg", tensor(source, Moment.FIRST.of(parameter.name()), parameter));
        moments.put("exp_avg_sq", tensor(source, Moment.SECOND.of(parameter.name()), parameter));
        return PickleItem.dictionary(moments);
    }

    /// `parameter` in single precision.
    PickleItem master(Parameter parameter) {
        return weight(masters, parameter);
    }

    private static PickleItem weight(ModelSource from, Parameter parameter) {
        return tensor(from, parameter.name(), parameter);
    }

    private static PickleItem tensor(ModelSource from, String name, Parameter parameter) {
        ElementType type = from.find(name)
                .map(TensorSpec::type)
                .orElseThrow(() -> new IllegalArgumentException(from.path() + " has no tensor " + name));
        Shape local = parameter.partition().localShape(parameter.globalShape());
        var extents = new ArrayList<Long>();
        for (int dim = 0; dim < local.rank(); dim++) {
            extents.add(local.extent(dim));
        }
        var storage = new TorchStorage(type, local.numElements(), into -> from.read(name, parameter.partition(), into));
        return new PickleItem.TensorValue(storage, extents);
    }
}
