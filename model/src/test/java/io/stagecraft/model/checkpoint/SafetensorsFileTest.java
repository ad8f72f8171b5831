package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {
    @TempDir
    Path folder;

    @Test
    void shouldReadAFileWrittenByHand() throws IOException {
        Path path = file("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", floats(1.5f, -2));
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.doubles("w")).containsExactly(1.5, -2);
        }
    }

    @Test
    void shouldKnowNamesTypesAndExtents() throws IOException {
        String json =
                "{\"__metadata__\":{\"format\":\"pt\"},\"b\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[8,9]},"
                        + "\"a\":{\"dtype\":\"I16\",\"shape\":[2,2],\"data_offsets\":[0,8]}}   ";
        try (SafetensorsFile file = SafetensorsFile.open(file(json, new byte[9]))) {
            assertThat(file.tensors())
                    .containsExactly(
                            new TensorSpec("a", ElementType.I16, List.of(2L, 2L)),
                            new TensorSpec("b", ElementType.U8, List.of()));
            assertThat(file.metadata()).containsExactly(Map.entry("format", "pt"));
        }
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void shouldReadOneInEveryType(ElementType type) throws IOException {
        byte[] one = switch (type) {
            case BOOL, U8, I8 -> new byte[] {1};
            case I16 -> new byte[] {1, 0};
            case I32 -> new byte[] {1, 0, 0, 0};
            case I64 -> new byte[] {1, 0, 0, 0, 0, 0, 0, 0};
            case F16 -> new byte[] {0, 0x3C};
            case BF16 -> new byte[] {(byte) 0x80, 0x3F};
            case F32 -> new byte[] {0, 0, (byte) 0x80, 0x3F};
            case F64 -> new byte[] {0, 0, 0, 0, 0, 0, (byte) 0xF0, 0x3F};
        };
        String json = "{\"x\":{\"dtype\":\"" + type + "\",\"shape\":[1],\"data_offsets\":[0," + one.length + "]}}";
        try (SafetensorsFile file = SafetensorsFile.open(file(json, one))) {
            assertThat(file.doubles("x")).containsExactly(1);
        }
    }

    static Stream<Arguments> malformed() {
        return Stream.of(
                bad("empty header", "", 0, "header length", "at least 2"),
                bad("array", "[]", 0, "header", "'{'"),
                bad("leading blank", "  {}", 0, "header", "'{'"),
                bad("cut JSON", "{\"w\":{\"dtype\":\"F32\"", 0, "header", "JSON"),
                bad("UTF-16", "{\0}\0", 0, "header", "zero byte"),
                bad("nested", "{\"a\":".repeat(20_000) + "1" + "}".repeat(20_000), 0, "\"a\"", "unknown key"),
                bad("text behind", "{}{}", 0, "header", "only blanks"),
                bad("past end", tensor("F32", "[4]", "[0,16]"), 8, "\"w\".data_offsets", "cut short"),
                bad("reversed", tensor("F32", "[2]", "[8,0]"), 8, "\"w\".data_offsets", "behind end"),
                bad("negative", tensor("F32", "[2]", "[-8,0]"), 8, "\"w\".data_offsets", "0 to 2^63"),
                bad("fraction", tensor("F32", "[2]", "[0,8.0]"), 8, "\"w\".data_offsets", "VALUE_NUMBER_FLOAT"),
                bad("2^70", tensor("F32", "[2]", "[0,1180591620717411303424]"), 8, "\"w\".data_offsets", "0 to 2^63"),
                bad("one offset", tensor("F32", "[2]", "[0]"), 8, "\"w\"", "two data_offsets"),
                bad("three offsets", tensor("F32", "[2]", "[0,8,9]"), 8, "\"w\".data_offsets", "more than 2"),
                bad("hole", tensor("F32", "[2]", "[8,16]"), 16, "\"w\".data_offsets", "expected begin 0"),
                bad("bytes behind", tensor("F32", "[2]", "[0,8]"), 20, "data", "12 bytes belong to no tensor"),
                bad("wrong size", tensor("F32", "[3]", "[0,8]"), 8, "\"w\".data_offsets", "12 bytes"),
                bad("overflow", tensor("F32", "[4294967296,4294967296]", "[0,8]"), 8, "\"w\".shape", "overflow"),
                bad("overflow to 0", tensor("F32", "[4611686018427387904]", "[0,0]"), 0, "\"w\".shape", "overflow"),
                bad("negative extents", tensor("F32", "[-1,-2]", "[0,8]"), 8, "\"w\".shape", "0 to 2^63"),
                bad("rank", tensor("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "\"w\".shape", "more than 8"),
                bad("type unknown", tensor("F33", "[2]", "[0,8]"), 8, "\"w\".dtype", "F33"),
                bad("type a number", "{\"w\":{\"dtype\":3}}", 0, "\"w\".dtype", "VALUE_STRING"),
                bad("no shape", "{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}}", 8, "\"w\"", "needs dtype, shape"),
                bad("two of a name", "{\"w\":" + empty() + ",\"w\":" + empty() + "}", 0, "header", "Duplicate"),
                bad("two shapes", "{\"w\":{\"shape\":[0],\"shape\":[0]}}", 0, "header", "Duplicate"),
                bad("metadata a list", "{\"__metadata__\":[]}", 0, "__metadata__", "START_OBJECT"),
                bad("metadata a number", "{\"__metadata__\":{\"a\":1}}", 0, "__metadata__", "VALUE_STRING"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformed")
    void shouldRefuseNamingFileAndField(String name, String json, int dataBytes, String field, String fault)
            throws IOException {
        Path path = file(json, new byte[dataBytes]);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOfSatisfying(CheckpointFormatException.class, e -> {
                    assertThat(e.field()).isEqualTo(field);
                    assertThat(e.file()).isEqualTo(path);
                })
                .hasMessageContaining(fault);
    }

    @Test
    void shouldRefuseOverlappingTensors() throws IOException {
        String json = "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}";
        assertThatThrownBy(() -> SafetensorsFile.open(file(json, new byte[12])))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("\"b\".data_offsets")
                .hasMessageContaining("expected begin 8 but found 4");
    }

    @ParameterizedTest
    @MethodSource("lengths")
    void shouldRefuseAHeaderLengthBeforeAllocatingIt(long length) throws IOException {
        Path path = folder.resolve("long.safetensors");
        byte[] bytes = ByteBuffer.allocate(1000)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .array();
        Files.write(path, bytes);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("header length (byte 0)")
                .hasMessageContaining(Long.toUnsignedString(length));
    }

    static Stream<Long> lengths() {
        return Stream.of(993L, 101_000_000L, Long.MAX_VALUE, Long.MIN_VALUE, -1L, 0L, 1L);
    }

    @Test
    void shouldRefuseAHeaderAboveTheLimit() throws IOException {
        Path path = file("{" + " ".repeat(100) + "}", new byte[0]);
        assertThatThrownBy(() -> SafetensorsFile.open(path, new SafetensorsLimits(100, 1)))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("the limit is 100");
    }

    @Test
    void shouldRefuseMoreTensorsThanTheLimit() throws IOException {
        Path path = file("{\"a\":" + empty() + ",\"b\":" + empty() + "}", new byte[0]);
        assertThatThrownBy(() -> SafetensorsFile.open(path, new SafetensorsLimits(1000, 1)))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("more than 1 tensors");
    }

    @Test
    void shouldSayWhereUtf8Breaks() throws IOException {
        byte[] json = "{\"ab?\":1}".getBytes(StandardCharsets.US_ASCII);
        json[4] = (byte) 0xC3;
        assertThatThrownBy(() -> SafetensorsFile.open(file(json, new byte[0])))
                .isInstanceOfSatisfying(
                        CheckpointFormatException.class,
                        e -> assertThat(e.offsetBytes()).isEqualTo(8 + 4))
                .hasMessageContaining("UTF-8");
    }

    @Test
    void shouldSayAtWhichByteAFieldIsWrong() throws IOException {
        // a character of two bytes and one of four stand in front of it: byte offsets, not characters
        String front = "{\"__metadata__\":{\"\u00e9\":\"\ud83d\ude00\"},\"w\":{\"dtype\":";
        assertThatThrownBy(() -> SafetensorsFile.open(file(front + "\"F33\"}}", new byte[0])))
                .isInstanceOfSatisfying(
                        CheckpointFormatException.class,
                        e -> assertThat(e.offsetBytes()).isEqualTo(8 + front.getBytes(StandardCharsets.UTF_8).length));
    }

    @Test
    void shouldRefuseAFileOfSevenBytes() throws IOException {
        Path path = Files.write(folder.resolve("seven.safetensors"), new byte[7]);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("only 7 bytes");
    }

    @Test
    void shouldPrintHostileNamesInert() throws IOException {
        Path path = file("{\"\\u001b[31m\\u009b\":1}", new byte[0]);
        assertThatThrownBy(() -> SafetensorsFile.open(path))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("\\u001b[31m\\u009b");
    }

    @Test
    void shouldThrowAfterClose() throws IOException {
        SafetensorsFile file = SafetensorsFile.open(file(tensor("U8", "[1]", "[0,1]"), new byte[1]));
        MemorySegment tensor = file.tensor("w");
        file.close();
        assertThatThrownBy(() -> tensor.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    private static Arguments bad(String name, String json, int dataBytes, String field, String fault) {
        return Arguments.of(name, json, dataBytes, field, fault);
    }

    private static String tensor(String dtype, String shape, String offsets) {
        return "{\"w\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}}";
    }

    private static String empty() {
        return "{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}";
    }

    private Path file(String json, byte[] data) throws IOException {
        return file(json.getBytes(StandardCharsets.UTF_8), data);
    }

    private Path file(byte[] json, byte[] data) throws IOException {
        Path path = Files.createTempFile(folder, "case", ".safetensors");
        ByteBuffer bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        return Files.write(path, bytes.putLong(json.length).put(json).put(data).array());
    }

    private static byte[] floats(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float value : values) {
            bytes.putFloat(value);
        }
        return bytes.array();
    }
}
