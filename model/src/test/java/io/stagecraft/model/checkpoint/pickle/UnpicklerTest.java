package io.stagecraft.model.checkpoint.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Bytes;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Dictionary;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Instance;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Sequence;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Text;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Whole;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: the meaning of each opcode in CPython's `Lib/pickletools.py`, by hand.
final class UnpicklerTest {
    private static final PickleLimits LIMITS = PickleLimits.defaults();

    private static PickleValue load(byte[] pickle, PickleLimits limits) {
        var range = new ByteRange(Path.of("test.pt"), "", MemorySegment.ofArray(pickle), 0);
        return Unpickler.load(new PickleInput(range, limits), limits, new StorageTable());
    }

    private static PickleValue load(byte[] pickle) {
        return load(pickle, LIMITS);
    }

    private static byte[] latin1(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void shouldReadTheValuesThatJsonHas() {
        var root = (Dictionary) load(PickleBytes.of(Map.of("a", List.of(1, 2L, 0.5, true, "é"))));
        assertThat(((Sequence) root.get("a").orElseThrow()).items())
                .containsExactly(
                        new Whole(1),
                        new Whole(2),
                        new PickleValue.Real(0.5),
                        new PickleValue.Bool(true),
                        new Text("é"));
    }

    @ParameterizedTest
    @CsvSource({"I7,7", "L7L,7", "I-12,-12", "L-9223372036854775808L,-9223372036854775808"})
    void shouldReadIntegersInLines(String line, long expected) {
        assertThat(load(latin1(line + "\n."))).isEqualTo(new Whole(expected));
    }

    @Test
    void shouldReadLongIntegersOfBothSigns() {
        assertThat(load(latin1("\u008a\u0001\u00ff."))).isEqualTo(new Whole(-1));
        assertThat(load(latin1("\u008a\u0009\0\0\0\0\0\0\0\0\u0001.")))
                .isEqualTo(new PickleValue.BigWhole(BigInteger.ONE.shiftLeft(64)));
    }

    @Test
    void shouldShareWhatWasRemembered() {
        var list = (Sequence) load(
                PickleBytes.begin().raw(']', '(', ']', 'q', 1, 'h', 1, 'e', '.').bytes());
        assertThat(list.items().get(0)).isSameAs(list.items().get(1));
    }

    /// A list that contains itself is valid, and harmless as long as nobody walks it without a bound.
    @Test
    void shouldReadAListThatContainsItself() {
        var list = (Sequence)
                load(PickleBytes.begin().raw(']', 'q', 1, 'h', 1, 'a', '.').bytes());
        assertThat(list.items().getFirst()).isSameAs(list);
        assertThat(list.toString()).isEqualTo("sequence of 1");
    }

    @Test
    void shouldKeepAnObjectInert() {
        var object = (Instance) load(PickleBytes.of(new PickleBytes.Namespace(Map.of("lr", 0.5))));
        assertThat(object.type().fullName()).isEqualTo("argparse.Namespace");
        assertThat(((Dictionary) object.state()).get("lr")).contains(new PickleValue.Real(0.5));
    }

    @Test
    void shouldNameAMemberOfAnEnumerationWithoutLoadingIt() {
        byte[] pickle = PickleBytes.begin()
                .global("__builtin__", "getattr")
                .global("megatron.core.enums", "ModelType")
                .value("encoder_or_decoder")
                .raw(0x86, 'R', '.')
                .bytes();
        assertThat(((Instance) load(pickle)).arguments())
                .containsExactly(
                        new PickleValue.Global("megatron.core.enums", "ModelType"), new Text("encoder_or_decoder"));
    }

    @Test
    void shouldReadBytesThatProtocolTwoEncodesAsText() {
        byte[] pickle = PickleBytes.begin()
                .global("_codecs", "encode")
                .value("\u00ff")
                .value("latin1")
                .raw(0x86, 'R', '.')
                .bytes();
        assertThat(((Bytes) load(pickle)).bytes()).containsExactly(0xFF);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "os.system",
                "posix.system",
                "nt.system",
                "builtins.eval",
                "__builtin__.eval",
                "builtins.exec",
                "subprocess.Popen",
                "torch.load",
                "torch.hub.load",
                "runpy._run_code",
                "numpy.load",
                "operator.attrgetter",
                "importlib.import_module",
                "megatronx.evil",
                "torch.float32.evil",
                "."
            })
    void shouldRefuseNamesThatNoFileOfWeightsNeeds(String name) {
        int dot = name.lastIndexOf('.');
        byte[] pickle = PickleBytes.begin()
                .global(name.substring(0, dot), name.substring(dot + 1))
                .raw('.')
                .bytes();
        assertThatThrownBy(() -> load(pickle))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("no file of weights needs; nothing was called")
                .hasMessageContaining("opcode 'c' (byte 2)");
    }

    @Test
    void shouldRefuseACallOfSomethingThatIsNoName() {
        byte[] pickle = PickleBytes.begin().value(1).raw(')', 'R', '.').bytes();
        assertThatThrownBy(() -> load(pickle)).hasMessageContaining("expected a class or function");
    }

    /// Opcodes, `~` for the end of a line, and what is wrong with them.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "0. | wants 1 values but the stack has 0",
                "(0. | wants 1 values but the stack has 0",
                "t. | there is no open mark",
                "h\u0001. | nothing was remembered as 1",
                "NN. | expected one value at the end but found 2",
                "(N. | 1 open marks",
                "Na. | wants 1 values but the stack has 0",
                "NNa. | expected a list",
                ")Na. | a tuple cannot be appended to",
                "NNNs. | expected a dictionary",
                "}(Nu. | expected keys with values",
                "}]Ns. | keyed by texts or integers",
                "NNb. | expected an object to give attributes to",
                "I1x~. | expected an integer",
                "Fx~. | expected a number",
                "gx~. | expected an index",
                "Sx~. | expected text in quotes",
                "\u0080\u0009. | protocol 9",
                "P1~. | no opcode that files of weights have",
                "\u0082\u0001. | no opcode that files of weights have",
                "ix~y~. | no opcode that files of weights have",
                "NQ. | expected a tuple",
                "]Q. | expected the id of a storage",
                "N | wants 1 bytes but only 0 are left",
                "U\u0009x. | wants 9 bytes but only 2 are left",
                "X\u0001\0\0\0\u00ff. | expected UTF-8"
            })
    void shouldRefuseWhatDoesNotFit(String pickle, String reason) {
        assertThatThrownBy(() -> load(latin1(pickle.replace('~', '\n'))))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void shouldLimitOpcodes() {
        var limits = new PickleLimits(3, 10, 10, 10, 10, 10);
        assertThatThrownBy(() -> load(latin1("N0N0N."), limits)).hasMessageContaining("more than 3 opcodes");
    }

    @Test
    void shouldLimitTheStackAndTheMarks() {
        var limits = new PickleLimits(100, 3, 10, 10, 10, 10);
        assertThatThrownBy(() -> load(latin1("NNNN."), limits)).hasMessageContaining("more than 3 values on the stack");
        assertThatThrownBy(() -> load(latin1("((((."), limits)).hasMessageContaining("more than 3 open marks");
    }

    @Test
    void shouldLimitTheMemo() {
        var limits = new PickleLimits(100, 10, 2, 10, 10, 10);
        assertThatThrownBy(() -> load(latin1("Nq\1q\2q\3."), limits))
                .hasMessageContaining("more than 2 values remembered");
    }

    @Test
    void shouldLimitStringsOneByOneAndTogether() {
        var limits = new PickleLimits(100, 10, 10, 4, 6, 4);
        assertThatThrownBy(() -> load(latin1("U\5aaaaa."), limits))
                .hasMessageContaining("a string of 5 bytes, the limit is 4");
        assertThatThrownBy(() -> load(latin1("(U\4aaaaU\4aaaat."), limits))
                .hasMessageContaining("more than 6 bytes of strings");
    }

    @Test
    void shouldLimitIntegers() {
        var limits = new PickleLimits(100, 10, 10, 100, 100, 2);
        assertThatThrownBy(() -> load(latin1("\u008a\3aaa."), limits))
                .hasMessageContaining("an integer of 3 bytes, the limit is 2");
        assertThatThrownBy(() -> load(latin1("I12345\n."), limits)).hasMessageContaining("expected an integer");
    }

    /// A list remembered once would become any number of dictionaries.
    @Test
    void shouldLimitWhatCallsCopy() {
        var bomb = PickleBytes.begin().raw(']', 'q', 1, '(');
        for (int i = 0; i < 1000; i++) {
            bomb.value(i).raw('N', 0x86);
        }
        bomb.raw('e', '0', '(');
        for (int i = 0; i < 1000; i++) {
            bomb.global("collections", "OrderedDict").raw('h', 1, 0x85, 'R');
        }
        assertThatThrownBy(() -> load(bomb.raw('t', '.').bytes())).hasMessageContaining("calls that copy more than");
    }

    /// A text remembered once would become any number of bytes.
    @Test
    void shouldLimitWhatCallsEncode() {
        var bomb = PickleBytes.begin().value("x".repeat(10_000)).raw('q', 1, '0', '(');
        for (int i = 0; i < 1000; i++) {
            bomb.global("_codecs", "encode").raw('h', 1).value("latin1").raw(0x86, 'R');
        }
        assertThatThrownBy(() -> load(bomb.raw('t', '.').bytes())).hasMessageContaining("calls that copy more than");
    }

    /// Objects share the arguments that a file shares, whatever their number.
    @Test
    void shouldNotCopyTheArgumentsOfObjects() {
        var many = PickleBytes.begin().raw('(');
        for (int i = 0; i < 10_000; i++) {
            many.raw('N');
        }
        many.raw('t', 'q', 1, '0', '(');
        for (int i = 0; i < 10_000; i++) {
            many.global("argparse", "Namespace").raw('h', 1, 'R');
        }
        byte[] pickle = many.raw('t', '.').bytes();
        assertThat(allocatedBytes(() -> load(pickle))).isLessThan(64L << 20);
    }

    /// Dictionaries in a dictionary cost the most memory an opcode.
    @Test
    void shouldHoldAsManyValuesAsTheLimitsAllowInSixtyFourMegabytes() {
        var most = PickleBytes.begin().raw('}');
        for (int i = 0; i < LIMITS.maxOpcodes() / 3 - 1; i++) {
            most.raw('J').int32(i).raw('}', 's');
        }
        byte[] pickle = most.raw('.').bytes();
        assertThat(allocatedBytes(() -> load(pickle))).isLessThan(64L << 20);
    }

    private static long allocatedBytes(Runnable reading) {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        reading.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }
}
