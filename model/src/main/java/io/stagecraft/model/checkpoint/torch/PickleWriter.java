package io.stagecraft.model.checkpoint.torch;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// Writes a pickle of protocol 2 whose tensors are references to storages beside it, as
/// `torch.save` does.
///
/// Nothing is written to the memo: values that occur twice are written twice, storages by their
/// number.
///
/// - Thread: any, one at a time.
/// - Source: Python, `pickletools.py`; PyTorch 1.13, `torch/serialization.py` `_save` and
///   `torch/_tensor.py` `_reduce_ex_internal`.
final class PickleWriter {
    private static final int MOST_BYTES_OF_AN_INTEGER = 0xFF;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Map<TorchStorage, Integer> numbers = new IdentityHashMap<>();
    private final List<TorchStorage> storages = new ArrayList<>();

    /// The pickle of `root`.
    byte[] write(PickleItem root) {
        out.reset();
        out.write(0x80);
        out.write(2);
        item(root);
        out.write('.');
        return out.toByteArray();
    }

    /// The storages that the pickle refers to, by their numbers.
    List<TorchStorage> storages() {
        return List.copyOf(storages);
    }

    private void item(PickleItem item) {
        switch (item) {
            case PickleItem.Nothing() -> out.write('N');
            case PickleItem.Truth(boolean value) -> out.write(value ? 0x88 : 0x89);
            case PickleItem.Whole(long value) -> whole(value);
            case PickleItem.Real(double value) -> {
                out.write('G');
                out.writeBytes(
                        ByteBuffer.allocate(Double.BYTES).putDouble(value).array());
            }
            case PickleItem.Text(String value) -> text(value);
            case PickleItem.Items(List<PickleItem> items) -> {
                out.write(']');
                if (items.size() == 1) {
                    item(items.getFirst());
                    out.write('a');
                } else {
                    marked(items, 'e');
                }
            }
            case PickleItem.Tuple(List<PickleItem> items) -> tuple(items);
            case PickleItem.Dictionary dictionary -> dictionary(dictionary);
            case PickleItem.OrderedDictionary(PickleItem.Dictionary content) -> {
                emptyOrdered();
                entries(content);
            }
            case PickleItem.Global(String module, String name) -> global(module, name);
            case PickleItem.Call(PickleItem.Global function, PickleItem.Tuple arguments) -> {
                item(function);
                item(arguments);
                out.write('R');
            }
            case PickleItem.Instance(PickleItem.Global type, PickleItem.Dictionary state) -> {
                item(type);
                out.write(')');
                out.write(0x81);
                item(state);
                out.write('b');
            }
            case PickleItem.Restored(PickleItem made, PickleItem state) -> {
                item(made);
                item(state);
                out.write('b');
            }
            case PickleItem.TensorValue tensor -> tensor(tensor);
        }
    }

    private void whole(long value) {
        if (value >= 0 && value <= 0xFF) {
            out.write('K');
            out.write((int) value);
        } else if (value >= 0 && value <= 0xFFFF) {
            out.write('M');
            out.write((int) value & 0xFF);
            out.write((int) value >>> 8);
        } else if (value == (int) value) {
            out.write('J');
            littleEndian((int) value);
        } else {
            byte[] bytes = BigInteger.valueOf(value).toByteArray();
            out.write(0x8A);
            out.write(bytes.length & MOST_BYTES_OF_AN_INTEGER);
            for (int i = bytes.length - 1; i >= 0; i--) {
                out.write(bytes[i]);
            }
        }
    }

    private void text(String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        littleEndian(bytes.length);
        out.writeBytes(bytes);
    }

    private void littleEndian(int value) {
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array());
    }

    private void marked(List<PickleItem> items, char end) {
        if (!items.isEmpty()) {
            out.write('(');
            items.forEach(this::item);
            out.write(end);
        }
    }

    private void tuple(List<PickleItem> items) {
        switch (items.size()) {
            case 0 -> out.write(')');
            case 1, 2, 3 -> {
                items.forEach(this::item);
                out.write(0x84 + items.size());
            }
            default -> marked(items, 't');
        }
    }

    private void dictionary(PickleItem.Dictionary dictionary) {
        out.write('}');
        entries(dictionary);
    }

    private void entries(PickleItem.Dictionary dictionary) {
        if (dictionary.entries().size() == 1) {
            item(dictionary.entries().getFirst().key());
            item(dictionary.entries().getFirst().value());
            out.write('s');
            return;
        }
        var flat = new ArrayList<PickleItem>();
        for (PickleItem.Entry entry : dictionary.entries()) {
            flat.add(entry.key());
            flat.add(entry.value());
        }
        marked(flat, 'u');
    }

    private void emptyOrdered() {
        global("collections", "OrderedDict");
        out.write(')');
        out.write('R');
    }

    private void global(String module, String name) {
        out.write('c');
        out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private void tensor(PickleItem.TensorValue tensor) {
        global("torch._utils", "_rebuild_tensor_v2");
        out.write('(');
        storage(tensor.storage());
        whole(0);
        tuple(wholes(tensor.extents()));
        tuple(wholes(strides(tensor.extents())));
        out.write(0x89); // requires_grad
        emptyOrdered(); // backward_hooks
        out.write('t');
        out.write('R');
    }

    private void storage(TorchStorage storage) {
        if (!numbers.containsKey(storage)) {
            numbers.put(storage, storages.size());
            storages.add(storage);
        }
        out.write('(');
        text("storage");
        global("torch", storage.className());
        text(String.valueOf(numbers.get(storage)));
        text("cpu");
        whole(storage.numElements());
        out.write('t');
        out.write('Q');
    }

    private static List<Long> strides(List<Long> extents) {
        var strides = new ArrayList<Long>();
        long stride = 1;
        for (long extent : extents.reversed()) {
            strides.addFirst(stride);
            stride *= Math.max(1, extent);
        }
        return strides;
    }

    private static List<PickleItem> wholes(List<Long> values) {
        return values.stream().<PickleItem>map(PickleItem.Whole::new).toList();
    }
}
