package io.stagecraft.model.checkpoint.torch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A Python value as [PickleWriter] writes it.
public sealed interface PickleItem {
    /// `None`.
    record Nothing() implements PickleItem {}

    /// `True` or `False`.
    record Truth(boolean value) implements PickleItem {}

    /// An `int`.
    record Whole(long value) implements PickleItem {}

    /// A `float`.
    record Real(double value) implements PickleItem {}

    /// A `str`.
    record Text(String value) implements PickleItem {}

    /// A `list`.
    record Items(List<PickleItem> items) implements PickleItem {
        public Items {
            items = List.copyOf(items);
        }
    }

    /// A `tuple`.
    record Tuple(List<PickleItem> items) implements PickleItem {
        public Tuple {
            items = List.copyOf(items);
        }

        /// A tuple of values as [PickleItem#of] takes them.
        public static Tuple of(Object... values) {
            return new Tuple(List.of(values).stream().map(PickleItem::of).toList());
        }
    }

    /// A `dict`, in the order of its entries.
    record Dictionary(List<Entry> entries) implements PickleItem {
        public Dictionary {
            entries = List.copyOf(entries);
        }
    }

    /// A `collections.OrderedDict`.
    record OrderedDictionary(Dictionary content) implements PickleItem {}

    /// Key and value of a dictionary.
    record Entry(PickleItem key, PickleItem value) {}

    /// A class or function by its name.
    record Global(String module, String name) implements PickleItem {}

    /// What `function` returns for `arguments`.
    record Call(Global function, Tuple arguments) implements PickleItem {}

    /// An object of class `type` made without arguments, with the attributes of `state`.
    record Instance(Global type, Dictionary state) implements PickleItem {}

    /// What `made` is after its `__setstate__` got `state`.
    record Restored(PickleItem made, PickleItem state) implements PickleItem {}

    /// A tensor, contiguous.
    ///
    /// @param storage where its elements are; tensors may share one
    /// @param extents slowest dimension first
    record TensorValue(TorchStorage storage, List<Long> extents) implements PickleItem {
        public TensorValue {
            extents = List.copyOf(extents);
            long numElements = 1;
            for (long extent : extents) {
                numElements = Math.multiplyExact(numElements, extent);
            }
            if (numElements > storage.numElements()) {
                throw new IllegalArgumentException(
                        "a tensor " + extents + " does not fit a storage of " + storage.numElements() + " elements");
            }
        }
    }

    /// `value` as Python has it: items themselves, text, numbers, truth values, lists, and maps in
    /// the order of their iteration.
    ///
    /// - Errors: [IllegalArgumentException] for a value of another kind.
    static PickleItem of(Object value) {
        return switch (value) {
            case PickleItem item -> item;
            case Boolean truth -> new Truth(truth);
            case Integer number -> new Whole(number);
            case Long number -> new Whole(number);
            case Float number -> new Real(number);
            case Double number -> new Real(number);
            case String text -> new Text(text);
            case List<?> list -> new Items(list.stream().map(PickleItem::of).toList());
            case Map<?, ?> map -> dictionary(map);
            default ->
                throw new IllegalArgumentException(
                        "a pickle of ours has no " + value.getClass().getName());
        };
    }

    /// A dictionary of `values` in the order of their iteration.
    static Dictionary dictionary(Map<?, ?> values) {
        var entries = new ArrayList<Entry>();
        values.forEach((key, value) -> entries.add(new Entry(of(key), of(value))));
        return new Dictionary(entries);
    }

    /// An empty dictionary.
    static Dictionary empty() {
        return dictionary(new LinkedHashMap<>());
    }
}
