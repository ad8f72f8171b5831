package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.pickle.PickleValue.BigWhole;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Bool;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Bytes;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Dictionary;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Global;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Instance;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Key;
import io.stagecraft.model.checkpoint.pickle.PickleValue.None;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Real;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Sequence;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Text;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Whole;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs the opcodes of a pickle, protocols 0 to 5, as far as files of weights use them. It builds
/// data only: a call becomes a tensor, a dictionary or an inert object, see [Construction].
///
/// No recursion: nesting costs the file's opcodes, not our stack.
///
/// - Errors: [CheckpointFormatException] naming opcode and byte.
/// - Thread: one.
/// - Source: CPython, `Lib/pickletools.py`.
final class Unpickler {
    private static final int HIGHEST_PROTOCOL = 5;

    private final PickleInput in;
    private final PickleLimits limits;
    private final Construction construction;
    private final List<PickleValue> stack = new ArrayList<>();
    private final List<Integer> marks = new ArrayList<>();
    private final Map<Long, PickleValue> memo = new HashMap<>();

    private Unpickler(PickleInput in, PickleLimits limits, StorageTable storages) {
        this.in = in;
        this.limits = limits;
        construction = new Construction(in, limits, storages);
    }

    /// The value of the pickle that begins where `in` is; `in` is behind it afterwards.
    static PickleValue load(PickleInput in, PickleLimits limits, StorageTable storages) {
        return new Unpickler(in, limits, storages).load();
    }

    private PickleValue load() {
        for (int count = 0; count < limits.maxOpcodes(); count++) {
            int opcode = in.opcode();
            if (opcode == '.') {
                return result();
            }
            if (!literal(opcode) && !text(opcode) && !remembering(opcode) && !collection(opcode) && !object(opcode)) {
                throw in.fault("no opcode that files of weights have");
            }
        }
        throw in.fault("more than " + limits.maxOpcodes() + " opcodes");
    }

    private PickleValue result() {
        if (stack.size() != 1 || !marks.isEmpty()) {
            throw in.fault(
                    "expected one value at the end but found " + stack.size() + " and " + marks.size() + " open marks");
        }
        return stack.getFirst();
    }

    private boolean literal(int opcode) {
        switch (opcode) {
            case 0x80 -> requireProtocol(in.u8());
            case 0x95 -> in.frame(in.i64());
            case 'N' -> push(None.NONE);
            case 0x88 -> push(new Bool(true));
            case 0x89 -> push(new Bool(false));
            case 'K' -> push(new Whole(in.u8()));
            case 'M' -> push(new Whole(in.u16()));
            case 'J' -> push(new Whole(in.i32()));
            case 0x8a -> push(whole(in.integer(in.u8())));
            case 0x8b -> push(whole(in.integer(in.i32())));
            case 'I' -> push(lineOfInteger(in.line()));
            case 'L' -> push(whole(decimal(in.line().replaceFirst("L$", ""))));
            case 'G' -> push(new Real(in.bigEndianDouble()));
            case 'F' -> push(new Real(real(in.line())));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean text(int opcode) {
        switch (opcode) {
            case 'X' -> push(new Text(in.text(in.u32())));
            case 0x8c -> push(new Text(in.text(in.u8())));
            case 0x8d -> push(new Text(in.text(in.i64())));
            case 'V' -> push(new Text(in.line()));
            case 'S' -> push(new Text(unquoted(in.line())));
            case 'U' -> push(new Text(latin1(in.bytes(in.u8()))));
            case 'T' -> push(new Text(latin1(in.bytes(in.i32()))));
            case 'C' -> push(new Bytes(in.bytes(in.u8())));
            case 'B' -> push(new Bytes(in.bytes(in.u32())));
            case 0x8e, 0x96 -> push(new Bytes(in.bytes(in.i64())));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean remembering(int opcode) {
        switch (opcode) {
            case 'q' -> remember(in.u8());
            case 'r' -> remember(in.u32());
            case 'p' -> remember(index(in.line()));
            case 0x94 -> remember(memo.size());
            case 'h' -> push(recall(in.u8()));
            case 'j' -> push(recall(in.u32()));
            case 'g' -> push(recall(index(in.line())));
            case '0' -> pop();
            case '1' -> popToMark();
            case '2' -> push(peek());
            case '(' -> mark();
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean collection(int opcode) {
        switch (opcode) {
            case ']', 0x8f -> push(Sequence.empty());
            case '}' -> push(new Dictionary());
            case ')' -> push(new Sequence(List.of()));
            case 't', 0x91 -> push(new Sequence(popToMark()));
            case 'l' -> push(new Sequence(new ArrayList<>(popToMark())));
            case 0x85 -> push(new Sequence(popped(1)));
            case 0x86 -> push(new Sequence(popped(2)));
            case 0x87 -> push(new Sequence(popped(3)));
            case 'd' -> push(construction.fill(new Dictionary(), popToMark()));
            case 'a' -> append(popped(1));
            case 'e', 0x90 -> append(popToMark());
            case 's' -> set(popped(2));
            case 'u' -> set(popToMark());
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean object(int opcode) {
        switch (opcode) {
            case 'c' -> push(construction.global(in.line(), in.line()));
            case 0x93 -> stackGlobal(popped(2));
            case 'Q' -> push(construction.persistent(pop()));
            case 'R' -> call(popped(2));
            case 0x81 -> create(popped(2));
            case 'b' -> {
                PickleValue state = pop();
                construction.build(peek(), state);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private void requireProtocol(int protocol) {
        if (protocol > HIGHEST_PROTOCOL) {
            throw in.fault("protocol " + protocol + ", the newest known is " + HIGHEST_PROTOCOL);
        }
    }

    private void stackGlobal(List<PickleValue> names) {
        if (names.get(0) instanceof Text(String module) && names.get(1) instanceof Text(String name)) {
            push(construction.global(module, name));
        } else {
            throw in.fault("expected two texts but found " + names);
        }
    }

    private void call(List<PickleValue> parts) {
        push(construction.call(parts.get(0), construction.sequence(parts.get(1))));
    }

    private void create(List<PickleValue> parts) {
        if (parts.get(0) instanceof Global type) {
            push(new Instance(type, construction.sequence(parts.get(1))));
        } else {
            throw in.fault("expected a class but found " + parts.get(0));
        }
    }

    private void append(List<PickleValue> values) {
        if (peek() instanceof Sequence sequence) {
            construction.append(sequence, values);
        } else {
            throw in.fault("expected a list but found " + peek());
        }
    }

    private void set(List<PickleValue> keysAndValues) {
        if (peek() instanceof Dictionary dictionary) {
            construction.fill(dictionary, keysAndValues);
        } else {
            throw in.fault("expected a dictionary but found " + peek());
        }
    }

    private void push(PickleValue value) {
        if (stack.size() == limits.maxStack()) {
            throw in.fault("more than " + limits.maxStack() + " values on the stack");
        }
        stack.add(value);
    }

    private void mark() {
        if (marks.size() == limits.maxStack()) {
            throw in.fault("more than " + limits.maxStack() + " open marks");
        }
        marks.add(stack.size());
    }

    private PickleValue peek() {
        requireOnStack(1);
        return stack.getLast();
    }

    private PickleValue pop() {
        requireOnStack(1);
        return stack.removeLast();
    }

    private List<PickleValue> popped(int count) {
        requireOnStack(count);
        return popFrom(stack.size() - count);
    }

    private List<PickleValue> popToMark() {
        if (marks.isEmpty()) {
            throw in.fault("there is no open mark");
        }
        return popFrom(marks.removeLast());
    }

    private List<PickleValue> popFrom(int height) {
        List<PickleValue> tail = stack.subList(height, stack.size());
        List<PickleValue> values = List.copyOf(tail);
        tail.clear();
        return values;
    }

    private void requireOnStack(int count) {
        int bottom = marks.isEmpty() ? 0 : marks.getLast();
        if (stack.size() - bottom < count) {
            throw in.fault("wants " + count + " values but the stack has " + (stack.size() - bottom));
        }
    }

    private void remember(long index) {
        if (memo.size() == limits.maxMemo()) {
            throw in.fault("more than " + limits.maxMemo() + " values remembered");
        }
        memo.put(index, peek());
    }

    private PickleValue recall(long index) {
        if (!memo.containsKey(index)) {
            throw in.fault("nothing was remembered as " + index);
        }
        return memo.get(index);
    }

    private long index(String line) {
        if (!line.matches("\\d{1,9}")) {
            throw in.fault("expected an index but found " + CheckpointFormatException.printable(line));
        }
        return Long.parseLong(line);
    }

    private PickleValue lineOfInteger(String line) {
        return switch (line) {
            case "00" -> new Bool(false);
            case "01" -> new Bool(true);
            default -> whole(decimal(line));
        };
    }

    private BigInteger decimal(String line) {
        if (line.length() > 2 * limits.maxIntegerBytes() || !line.matches("[+-]?\\d+")) {
            throw in.fault("expected an integer but found " + CheckpointFormatException.printable(line));
        }
        return new BigInteger(line);
    }

    private double real(String line) {
        try {
            return Double.parseDouble(line);
        } catch (NumberFormatException e) {
            throw in.fault("expected a number but found " + CheckpointFormatException.printable(line));
        }
    }

    private static PickleValue whole(BigInteger value) {
        return value.bitLength() < Long.SIZE ? new Whole(value.longValueExact()) : new BigWhole(value);
    }

    private String unquoted(String line) {
        boolean quoted = line.length() >= 2
                && (line.charAt(0) == '\'' || line.charAt(0) == '"')
                && line.charAt(0) == line.charAt(line.length() - 1);
        if (!quoted || line.indexOf('\\') >= 0) {
            throw in.fault(
                    "expected text in quotes, without escapes, but found " + CheckpointFormatException.printable(line));
        }
        return line.substring(1, line.length() - 1);
    }

    private static String latin1(byte[] bytes) {
        return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    /// A key of a dictionary, or the fault that it is none.
    static Key key(PickleValue value, PickleInput in) {
        if (value instanceof Key key) {
            return key;
        }
        throw in.fault("a dictionary is keyed by texts or integers but here by " + value);
    }
}
