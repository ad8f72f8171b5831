package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.pickle.PickleValue;
import io.stagecraft.model.checkpoint.pickle.PickleValue.BigWhole;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Bool;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Bytes;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Dictionary;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Global;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Instance;
import io.stagecraft.model.checkpoint.pickle.PickleValue.None;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Real;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Sequence;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Storage;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Tensor;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Text;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Whole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// Settings of a pickle as values that JSON has. Keys whose value is Python's `None` are left out;
/// what is no setting becomes its name, as `torch.float32` or `ModelType.encoder_or_decoder`.
///
/// Bounded: a pickle's values may share parts, so that a small file is a large tree, or contain
/// themselves.
final class PlainValues {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_VALUES = 100_000;

    private final Path file;
    private final String field;
    private int count;

    private PlainValues(Path file, String field) {
        this.file = file;
        this.field = field;
    }

    /// The entries of `dictionary`, which is `field` of `file`.
    static Map<String, Object> of(Dictionary dictionary, Path file, String field) {
        return new PlainValues(file, field).map(dictionary, 0);
    }

    private Map<String, Object> map(Dictionary dictionary, int depth) {
        var values = new LinkedHashMap<String, Object>();
        dictionary.entries().forEach((key, value) -> {
            if (value != None.NONE) {
                values.put(name(key), value(value, depth + 1));
            }
        });
        return Collections.unmodifiableMap(values);
    }

    private static String name(PickleValue.Key key) {
        return switch (key) {
            case Text(String text) -> text;
            case Whole(long number) -> Long.toString(number);
        };
    }

    private Object value(PickleValue value, int depth) {
        count++;
        if (depth > MAX_DEPTH || count > MAX_VALUES) {
            throw new CheckpointFormatException(
                    file, field, 0, "more than " + MAX_VALUES + " values, or values " + MAX_DEPTH + " deep");
        }
        return switch (value) {
            case Bool(boolean truth) -> truth;
            case Whole(long number) -> number;
            case Real(double number) -> number;
            case Text(String text) -> text;
            case BigWhole(var number) -> number.toString();
            case Global(String module, String name) -> module + "." + name;
            case Sequence sequence -> {
                var items = new ArrayList<Object>();
                for (PickleValue item : sequence.items()) {
                    items.add(value(item, depth + 1));
                }
                yield Collections.unmodifiableList(items);
            }
            case Dictionary dictionary -> map(dictionary, depth);
            case Instance instance -> instance(instance);
            case None.NONE -> "None";
            case Bytes bytes -> bytes.toString();
            case Storage storage -> storage.toString();
            case Tensor tensor -> tensor.spec("tensor").toString();
        };
    }

    /// A member of an enumeration is an object that Python would get by `getattr(class, name)`.
    private static String instance(Instance instance) {
        boolean member =
                instance.type().name().equals("getattr") && instance.arguments().size() == 2;
        return member
                        && instance.arguments().get(0) instanceof Global type
                        && instance.arguments().get(1) instanceof Text(String name)
                ? type.name() + "." + name
                : instance.toString();
    }
}
