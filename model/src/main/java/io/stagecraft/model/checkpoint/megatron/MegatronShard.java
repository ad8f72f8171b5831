package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.pickle.PickleValue;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Dictionary;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Instance;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Real;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Tensor;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Text;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Whole;
import io.stagecraft.model.checkpoint.pickle.TorchFile;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An open `model_optim_rng.pt`: the part of one tensor rank of one stage.
final class MegatronShard implements AutoCloseable {
    private static final int MAX_DEPTH = 8;
    private static final int MAX_VISITED = 500_000;
    private static final int MAX_CHUNKS = 1000;

    private final TorchFile file;
    private final Dictionary root;
    private final List<List<Parameter>> chunks;
    private int numVisited;

    /// A parameter of a chunk of layers.
    ///
    /// @param local which one
    /// @param chunk number of the chunk; stages that are not interleaved have one
    /// @param value its elements
    record Parameter(MegatronNames.Local local, int chunk, Tensor value) {}

    private MegatronShard(TorchFile file) {
        this.file = file;
        if (!(file.root() instanceof Dictionary dictionary)) {
            throw fault("pickle", "expected the dictionary of a checkpoint but found " + file.root());
        }
        root = dictionary;
        chunks = chunks();
    }

    /// Takes ownership of `file`, also when it is refused.
    static MegatronShard of(TorchFile file) {
        try {
            return new MegatronShard(file);
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    TorchFile file() {
        return file;
    }

    Dictionary root() {
        return root;
    }

    CheckpointFormatException fault(String field, String text) {
        return new CheckpointFormatException(file.path(), field, 0, text);
    }

    CheckpointVersion version() {
        Optional<PickleValue> value = root.get("checkpoint_version");
        double number = value.isEmpty() ? 0 : number(value.get(), "checkpoint_version");
        for (CheckpointVersion version : CheckpointVersion.values()) {
            if (version.number() == number) {
                return version;
            }
        }
        throw fault("checkpoint_version", number + " is unknown; known are 0, 1.0, 2.0 and 3.0");
    }

    /// The iteration; 0 if the file does not say one.
    long iteration() {
        Optional<PickleValue> value = root.get("iteration").or(() -> root.get("total_iters"));
        return value.isEmpty() ? 0 : (long) number(value.get(), "iteration");
    }

    double number(PickleValue value, String field) {
        return switch (value) {
            case Whole(long whole) when whole >= 0 -> whole;
            case Real(double real) when real >= 0 -> real;
            case Tensor tensor
            when file.tensor(tensor).numElements() == 1 -> file.tensor(tensor).element(0);
            case PickleValue other -> throw fault(field, "expected a number >= 0 but found " + other);
        };
    }

    /// The arguments of the run; empty if there are none.
    Map<String, Object> arguments() {
        Optional<PickleValue> arguments = root.get("args");
        if (arguments.isEmpty()) {
            return Map.of();
        }
        PickleValue values = arguments.get() instanceof Instance namespace ? namespace.state() : arguments.get();
        if (values instanceof Dictionary dictionary) {
            return PlainValues.of(dictionary, file.path(), "args");
        }
        throw fault("args", "expected a namespace but found " + arguments.get());
    }

    /// The settings under the first of `keys` that is there; empty if there are none.
    Map<String, Object> settings(String... keys) {
        for (String key : keys) {
            if (root.get(key).orElse(PickleValue.None.NONE) instanceof Dictionary dictionary) {
                return PlainValues.of(dictionary, file.path(), key);
            }
        }
        return Map.of();
    }

    /// The parameters of every chunk of layers, in the order in which the optimizer counts them.
    List<List<Parameter>> parameters() {
        return chunks;
    }

    private List<List<Parameter>> chunks() {
        var all = new ArrayList<List<Parameter>>();
        if (root.get("model").isPresent()) {
            all.add(chunk("model", 0));
            return all;
        }
        while (root.get("model" + all.size()).isPresent() && all.size() < MAX_CHUNKS) {
            all.add(chunk("model" + all.size(), all.size()));
        }
        if (all.isEmpty()) {
            throw fault("model", "is not there: no checkpoint of Megatron-LM");
        }
        return all;
    }

    private List<Parameter> chunk(String key, int chunk) {
        PickleValue model = root.get(key).orElseThrow();
        if (!(model instanceof Dictionary dictionary)) {
            throw fault(key, "expected a dictionary but found " + model);
        }
        var parameters = new ArrayList<Parameter>();
        flatten(dictionary, "", 0, (name, tensor) -> {
            MegatronNames.Local local = MegatronNames.parse(name)
                    .orElseThrow(() -> fault(
                            key,
                            CheckpointFormatException.printable(name)
                                    + " is no parameter of GPT-2: the file is of another model"));
            parameters.add(new Parameter(local, chunk, tensor));
        });
        parameters.sort(Comparator.comparingInt(
                (Parameter parameter) -> parameter.local().order()));
        var seen = new HashSet<MegatronNames.Local>();
        for (Parameter parameter : parameters) {
            if (!seen.add(parameter.local())) {
                throw fault(key, parameter.local().global(0) + " is there twice");
            }
        }
        return parameters;
    }

    private interface Found {
        void accept(String name, Tensor tensor);
    }

    private void flatten(Dictionary dictionary, String prefix, int depth, Found found) {
        if (depth > MAX_DEPTH) {
            throw fault("model", "dictionaries more than " + MAX_DEPTH + " deep");
        }
        for (var entry : dictionary.entries().entrySet()) {
            if (++numVisited > MAX_VISITED) {
                throw fault("model", "more than " + MAX_VISITED + " entries; do dictionaries contain each other?");
            }
            if (!(entry.getKey() instanceof Text(String key))) {
                throw fault("model", "expected names but found " + entry.getKey());
            }
            switch (entry.getValue()) {
                case Tensor tensor -> found.accept(prefix + key, tensor);
                case Dictionary inner -> flatten(inner, prefix + key + ".", depth + 1, found);
                case PickleValue other -> throw fault("model." + prefix, "expected tensors but found " + other);
            }
        }
    }

    @Override
    public void close() {
        file.close();
    }
}
