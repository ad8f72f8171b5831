package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Bytes;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Dictionary;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Global;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Instance;
import io.stagecraft.model.checkpoint.pickle.PickleValue.None;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Sequence;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Storage;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Tensor;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Text;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Whole;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What the opcodes that Python would answer with an import or a call become.
///
/// Source: PyTorch, `torch/_utils.py` (`_rebuild_tensor_v2`, `_rebuild_parameter`) and
/// `torch/serialization.py` (persistent ids of storages).
final class Construction {
    private static final String STORAGE = "storage";

    private final PickleInput in;
    private final PickleLimits limits;
    private final StorageTable storages;
    private long numCopied;

    Construction(PickleInput in, PickleLimits limits, StorageTable storages) {
        this.in = in;
        this.limits = limits;
        this.storages = storages;
    }

    /// What is remembered once can be copied by any number of calls, so that copies have a limit of
    /// their own.
    private void spend(long copied) {
        numCopied += copied;
        if (numCopied > limits.maxOpcodes()) {
            throw in.fault("calls that copy more than " + limits.maxOpcodes() + " values or bytes");
        }
    }

    Global global(String module, String name) {
        var global = new Global(module, name);
        if (!PickleGlobals.isAllowed(global)) {
            throw in.fault("mentions " + CheckpointFormatException.printable(global.fullName())
                    + ", which no file of weights needs; nothing was called and the file is refused");
        }
        return global;
    }

    List<PickleValue> sequence(PickleValue value) {
        if (value instanceof Sequence sequence) {
            return sequence.items();
        }
        throw in.fault("expected a tuple but found " + value);
    }

    void append(Sequence sequence, List<PickleValue> values) {
        try {
            sequence.add(values);
        } catch (UnsupportedOperationException e) {
            throw in.fault("a tuple cannot be appended to");
        }
    }

    Dictionary fill(Dictionary dictionary, List<PickleValue> keysAndValues) {
        if (keysAndValues.size() % 2 != 0) {
            throw in.fault("expected keys with values but found " + keysAndValues.size() + " values");
        }
        for (int i = 0; i < keysAndValues.size(); i += 2) {
            dictionary.put(Unpickler.key(keysAndValues.get(i), in), keysAndValues.get(i + 1));
        }
        return dictionary;
    }

    /// What calling `callable` would give.
    PickleValue call(PickleValue callable, List<PickleValue> arguments) {
        if (!(callable instanceof Global function)) {
            throw in.fault("expected a class or function but found " + callable);
        }
        return switch (function.fullName()) {
            case "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor" -> tensor(arguments);
            case "torch._utils._rebuild_parameter" -> argument(arguments, 0);
            case "torch.Size" -> new Sequence(sequence(argument(arguments, 0)));
            case "collections.OrderedDict" -> ordered(arguments);
            case "collections.defaultdict" -> new Dictionary();
            case "_codecs.encode" -> encoded(arguments);
            default -> new Instance(function, arguments);
        };
    }

    private PickleValue argument(List<PickleValue> arguments, int index) {
        if (index >= arguments.size()) {
            throw in.fault("expected more than " + index + " arguments but found " + arguments.size());
        }
        return arguments.get(index);
    }

    private Dictionary ordered(List<PickleValue> arguments) {
        var dictionary = new Dictionary();
        if (!arguments.isEmpty()) {
            for (PickleValue pair : sequence(arguments.getFirst())) {
                spend(1 + sequence(pair).size());
                fill(dictionary, sequence(pair));
            }
        }
        return dictionary;
    }

    private Bytes encoded(List<PickleValue> arguments) {
        if (arguments.size() == 2
                && arguments.get(0) instanceof Text(String text)
                && arguments.get(1) instanceof Text(String charset)
                && (charset.equals("latin1") || charset.equals("latin-1"))) {
            spend(text.length());
            return new Bytes(text.getBytes(StandardCharsets.ISO_8859_1));
        }
        throw in.fault("expected text to encode as latin1 but found " + arguments.size() + " arguments");
    }

    /// Sets the attributes of an object. Those of a dictionary are PyTorch's `_metadata`: not kept.
    void build(PickleValue object, PickleValue state) {
        if (object instanceof Instance instance) {
            instance.setState(state);
        } else if (!(object instanceof Dictionary)) {
            throw in.fault("expected an object to give attributes to but found " + object);
        }
    }

    /// The storage that a persistent id names:
    /// `("storage", class, key, device, number of elements)`, in streams followed by a view, which
    /// must be none.
    Storage persistent(PickleValue id) {
        List<PickleValue> parts = sequence(id);
        boolean known = (parts.size() == 5 || parts.size() == 6 && parts.get(5) == None.NONE)
                && parts.get(0).equals(new Text(STORAGE));
        if (known
                && parts.get(1) instanceof Global type
                && parts.get(2) instanceof Text(String key)
                && parts.get(4) instanceof Whole(long numElements)) {
            ElementType elements = PickleGlobals.storageType(type)
                    .orElseThrow(() -> in.fault(type.fullName() + " is no class of storages"));
            if (numElements < 0 || numElements > Long.MAX_VALUE / elements.sizeBytes()) {
                throw in.fault("a storage of " + numElements + " elements");
            }
            return storages.mention(new Storage(key, elements, numElements), in::fault);
        }
        throw in.fault("expected the id of a storage that is no view of another but found " + parts.size() + " parts");
    }

    private Tensor tensor(List<PickleValue> arguments) {
        if (arguments.size() < 4
                || !(arguments.get(0) instanceof Storage storage)
                || !(arguments.get(1) instanceof Whole(long offset))) {
            throw in.fault("expected storage, offset, size and stride of a tensor but found " + arguments.size()
                    + " arguments");
        }
        List<Long> extents = wholes(arguments.get(2));
        List<Long> strides = wholes(arguments.get(3));
        if (extents.size() != strides.size() || offset < 0) {
            throw in.fault("a tensor with offset " + offset + ", size " + extents + " and stride " + strides);
        }
        requireInside(storage, offset, extents, strides);
        return new Tensor(storage, offset, extents, strides);
    }

    private List<Long> wholes(PickleValue value) {
        List<PickleValue> items = sequence(value);
        if (items.size() > TensorSpec.MAX_RANK) {
            throw in.fault("a tensor of " + items.size() + " dimensions, the limit is " + TensorSpec.MAX_RANK);
        }
        var numbers = new ArrayList<Long>(items.size());
        for (PickleValue item : items) {
            if (!(item instanceof Whole(long number)) || number < 0) {
                throw in.fault("expected integers >= 0 but found " + items);
            }
            numbers.add(number);
        }
        return numbers;
    }

    /// Every element must lie in the storage, and there can be no more of them than the storage
    /// has.
    private void requireInside(Storage storage, long offset, List<Long> extents, List<Long> strides) {
        try {
            long numBytes = storage.type().sizeBytes();
            long last = offset;
            for (int dim = 0; dim < extents.size(); dim++) {
                numBytes = Math.multiplyExact(numBytes, extents.get(dim));
                long steps = Math.max(0, extents.get(dim) - 1);
                last = Math.addExact(last, Math.multiplyExact(steps, strides.get(dim)));
            }
            long numElements = numBytes / storage.type().sizeBytes();
            if (numElements == 0 || last < storage.numElements() && numElements <= storage.numElements()) {
                return;
            }
        } catch (ArithmeticException e) {
            // beyond 64 bits: beyond any storage
        }
        throw in.fault("a tensor with offset " + offset + ", size " + extents + " and stride " + strides
                + " does not lie in its storage of " + storage.numElements() + " elements or repeats some");
    }
}
