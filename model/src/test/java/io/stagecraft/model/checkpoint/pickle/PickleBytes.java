package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.ElementType;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/// Writes pickles opcode by opcode, right ones and wrong ones.
public final class PickleBytes {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /// A tensor as `torch.save` writes it.
    public record TensorView(
            String key, ElementType type, long numElements, long offset, List<Long> extents, List<Long> strides) {
        /// A whole storage in row-major order.
        public static TensorView whole(String key, ElementType type, List<Long> extents) {
            long elements = extents.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
            return new TensorView(key, type, elements, 0, extents, rowMajor(extents));
        }

        private static List<Long> rowMajor(List<Long> extents) {
            Long[] strides = new Long[extents.size()];
            long stride = 1;
            for (int dim = strides.length - 1; dim >= 0; dim--) {
                strides[dim] = stride;
                stride *= extents.get(dim);
            }
            return List.of(strides);
        }
    }

    /// An `argparse.Namespace` with these attributes.
    public record Namespace(Map<String, Object> attributes) {}

    /// The name of a class or function.
    public record Name(String module, String name) {}

    /// Begins a pickle of protocol 2.
    public static PickleBytes begin() {
        return new PickleBytes().raw(0x80, 2);
    }

    /// A whole pickle of `value`.
    public static byte[] of(Object value) {
        return begin().value(value).raw('.').bytes();
    }

    /// Any bytes.
    public PickleBytes raw(int... bytes) {
        for (int b : bytes) {
            out.write(b);
        }
        return this;
    }

    /// ASCII text as it is.
    public PickleBytes ascii(String text) {
        out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    /// The opcode `GLOBAL`.
    public PickleBytes global(String module, String name) {
        return ascii("c" + module + "\n" + name + "\n");
    }

    /// A little-endian number of 4 bytes.
    public PickleBytes int32(long value) {
        out.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt((int) value)
                .array());
        return this;
    }

    /// A little-endian number of 8 bytes.
    public PickleBytes int64(long value) {
        out.writeBytes(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array());
        return this;
    }

    /// The opcodes of `value`.
    public PickleBytes value(Object value) {
        return switch (value) {
            case String text -> {
                byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
                raw('X').int32(utf8.length);
                out.writeBytes(utf8);
                yield this;
            }
            case Boolean truth -> raw(truth ? 0x88 : 0x89);
            case Integer number -> raw('J').int32(number);
            case Long number -> raw(0x8a, 8).int64(number);
            case Double number -> raw('G').int64(Long.reverseBytes(Double.doubleToRawLongBits(number)));
            case Name(String module, String name) -> global(module, name);
            case List<?> list -> {
                raw(']', '(');
                list.forEach(this::value);
                yield raw('e');
            }
            case Map<?, ?> map -> {
                raw('}', '(');
                map.forEach((key, item) -> value(key).value(item));
                yield raw('u');
            }
            case Namespace(Map<String, Object> attributes) ->
                global("argparse", "Namespace").raw(')', 0x81).value(attributes).raw('b');
            case TensorView view -> tensor(view);
            default -> throw new IllegalArgumentException(value.toString());
        };
    }

    private PickleBytes tensor(TensorView view) {
        global("torch._utils", "_rebuild_tensor_v2").raw('(', '(').value("storage");
        String type = switch (view.type()) {
            case F32 -> "FloatStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            default -> "LongStorage";
        };
        global("torch", type).value(view.key()).value("cpu").value(view.numElements());
        raw('t', 'Q').value(view.offset());
        tuple(view.extents()).tuple(view.strides());
        return raw(0x89).global("collections", "OrderedDict").raw(')', 'R', 't', 'R');
    }

    private PickleBytes tuple(List<Long> numbers) {
        raw('(');
        numbers.forEach(this::value);
        return raw('t');
    }

    /// What was written.
    public byte[] bytes() {
        return out.toByteArray();
    }
}
