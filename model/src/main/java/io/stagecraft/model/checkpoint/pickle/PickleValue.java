package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.TensorSpec;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a pickle says, as data. Values may share parts and contain themselves, so those that hold
/// others have the identity of objects and a short `toString`; whoever walks them bounds the walk.
///
/// Thread: any, once the file is open.
public sealed interface PickleValue {
    /// What a dictionary may be keyed by; ordered, so that no choice of keys makes look-ups slow.
    sealed interface Key extends PickleValue {}

    /// Python's `None`.
    enum None implements PickleValue {
        /// The only one.
        NONE
    }

    /// `True` or `False`.
    record Bool(boolean value) implements PickleValue {}

    /// An integer of 64 bits.
    record Whole(long value) implements Key, Comparable<Whole> {
        @Override
        public int compareTo(Whole other) {
            return Long.compare(value, other.value);
        }
    }

    /// An integer beyond 64 bits.
    record BigWhole(BigInteger value) implements PickleValue {}

    /// A float.
    record Real(double value) implements PickleValue {}

    /// Text.
    record Text(String value) implements Key, Comparable<Text> {
        @Override
        public int compareTo(Text other) {
            return value.compareTo(other.value);
        }

        @Override
        public String toString() {
            return CheckpointFormatException.printable(value);
        }
    }

    /// Bytes.
    final class Bytes implements PickleValue {
        private final byte[] bytes;

        Bytes(byte[] bytes) {
            this.bytes = bytes;
        }

        /// A copy of them.
        public byte[] bytes() {
            return bytes.clone();
        }

        @Override
        public String toString() {
            return bytes.length + " bytes";
        }
    }

    /// A list, tuple or set.
    final class Sequence implements PickleValue {
        private final List<PickleValue> items;

        Sequence(List<PickleValue> items) {
            this.items = items;
        }

        static Sequence empty() {
            return new Sequence(new ArrayList<>(0));
        }

        void add(List<PickleValue> more) {
            items.addAll(more);
        }

        /// Its items; a view that cannot be changed.
        public List<PickleValue> items() {
            return Collections.unmodifiableList(items);
        }

        @Override
        public String toString() {
            return "sequence of " + items.size();
        }
    }

    /// A `dict` or `OrderedDict`, in the order of the file; a later value of a key replaces an
    /// earlier.
    final class Dictionary implements PickleValue {
        private final Map<Key, PickleValue> entries = new LinkedHashMap<>(2);

        void put(Key key, PickleValue value) {
            entries.put(key, value);
        }

        /// All entries; a view that cannot be changed.
        public Map<Key, PickleValue> entries() {
            return Collections.unmodifiableMap(entries);
        }

        /// The value under the text `key`, if there is one.
        public Optional<PickleValue> get(String key) {
            return Optional.ofNullable(entries.get(new Text(key)));
        }

        /// The value under the integer `key`, if there is one.
        public Optional<PickleValue> get(long key) {
            return Optional.ofNullable(entries.get(new Whole(key)));
        }

        @Override
        public String toString() {
            return "dictionary of " + entries.size();
        }
    }

    /// The name of a Python class or function. Only a name.
    record Global(String module, String name) implements PickleValue {
        /// As Python writes it, `module.name`.
        public String fullName() {
            return module + "." + name;
        }

        @Override
        public String toString() {
            return CheckpointFormatException.printable(fullName());
        }
    }

    /// An object that Python would build by a call: what would be called, with what, and the state
    /// set afterwards. Nothing was called.
    final class Instance implements PickleValue {
        private final Global type;
        private final List<PickleValue> arguments;
        private PickleValue state = None.NONE;

        Instance(Global type, List<PickleValue> arguments) {
            this.type = type;
            this.arguments = Collections.unmodifiableList(arguments);
        }

        void setState(PickleValue newState) {
            state = newState;
        }

        /// The class or function.
        public Global type() {
            return type;
        }

        /// What it would be called with.
        public List<PickleValue> arguments() {
            return arguments;
        }

        /// Its attributes, often a [Dictionary]; [None] if nothing was set.
        public PickleValue state() {
            return state;
        }

        @Override
        public String toString() {
            return "object of " + type.fullName();
        }
    }

    /// The memory that tensors lie in.
    ///
    /// @param key its name in the file
    /// @param type type of the elements
    /// @param numElements how many elements the file says it has
    record Storage(String key, ElementType type, long numElements) implements PickleValue {
        @Override
        public String toString() {
            return CheckpointFormatException.printable(key) + " of " + numElements + " " + type;
        }
    }

    /// A tensor: a view of a storage that lies wholly in it and repeats no element.
    ///
    /// @param storage the memory
    /// @param offset first element, in elements
    /// @param extents extents, slowest first
    /// @param strides distances in elements
    record Tensor(Storage storage, long offset, List<Long> extents, List<Long> strides) implements PickleValue {
        public Tensor {
            extents = List.copyOf(extents);
            strides = List.copyOf(strides);
        }

        /// Type and extents, under `name`.
        public TensorSpec spec(String name) {
            return new TensorSpec(name, storage.type(), extents);
        }
    }
}
