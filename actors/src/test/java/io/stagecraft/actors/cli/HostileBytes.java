package io.stagecraft.actors.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Small malformed files of every kind, each with the places that it is for.
final class HostileBytes {
    private static final String MODEL = "{\"type\": \"gpt\", \"num-layers\": %s, \"hidden-size\": 4, \"num-heads\": 1,"
            + " \"max-positions\": 4, \"vocab-size\": 2, \"padded-vocab-size\": 2, \"ffn-hidden-size\": 16,"
            + " \"layer-norm-epsilon\": 1e-5, \"gelu\": \"TANH\", \"output-embedding\": \"TIED\","
            + " \"attention-dropout\": 0, \"hidden-dropout\": 0, \"init-method-std\": 0.02}";
    private static final int DEEP = 100_000;

    /// A file and the place where it lies.
    record Case(String name, HostilePlace place, byte[] content) {}

    private HostileBytes() {}

    /// All of them; what a pickle would make if it were obeyed is `canary`.
    static List<Case> all(Path canary) throws IOException {
        var cases = new ArrayList<Case>();
        for (HostilePlace place : List.of(
                HostilePlace.CONVERT_FILE,
                HostilePlace.CONVERT_ZIP,
                HostilePlace.CONVERT_MEGATRON,
                HostilePlace.PRETRAIN,
                HostilePlace.CONVERT_BIN)) {
            cases.add(new Case("call", place, zip(Map.of("a/data.pkl", call(canary)))));
            cases.add(new Case("bare-call", place, call(canary)));
            cases.add(new Case("bomb", place, zip(Map.of("a/data.pkl", new byte[50_000_000]))));
            cases.add(new Case("slip", place, zip(Map.of("../../../slip", new byte[1]))));
            byte[] inner = zip(Map.of("a/data.pkl", new byte[50_000_000]));
            cases.add(new Case("inner", place, zip(Map.of("release/mp_rank_00/model_optim_rng.pt", inner))));
        }
        for (HostilePlace place :
                List.of(HostilePlace.CONVERT_SAFETENSORS, HostilePlace.GENERATE, HostilePlace.OWN_SHARD)) {
            cases.add(new Case("length", place, safetensors(Long.MIN_VALUE, "{}", 0)));
            cases.add(new Case("deep", place, safetensors(5 * DEEP, "{\"a\":".repeat(DEEP), 0)));
        }
        cases.addAll(texts());
        cases.add(new Case("counts", HostilePlace.DATA_PATH, index(1L << 62)));
        cases.add(new Case("counts", HostilePlace.DATA_SHOW, index(-1)));
        return cases;
    }

    private static List<Case> texts() {
        return Stream.of(
                        text("parent", HostilePlace.CONVERT_INDEX, "{\"weight_map\": {\"a\": \"../x.bin\"}}"),
                        text("absolute", HostilePlace.CONVERT_INDEX, "{\"weight_map\": {\"a\": \"/etc/passwd\"}}"),
                        text("layers", HostilePlace.CONVERT_CONFIG, config(Integer.MAX_VALUE, 4, 4)),
                        text("width", HostilePlace.CONVERT_CONFIG, config(1, 1 << 30, 4)),
                        text("positions", HostilePlace.CONVERT_CONFIG, config(1, 4, Integer.MAX_VALUE)),
                        new Case("utf-32", HostilePlace.CONVERT_CONFIG, utf32()),
                        text("deep", HostilePlace.CONVERT_TOKENIZER, "{\"a\":".repeat(DEEP)),
                        text("deep", HostilePlace.OWN_MANIFEST, "{\"a\":".repeat(DEEP)),
                        text("digits", HostilePlace.OWN_MANIFEST, "{\"a\": " + "9".repeat(DEEP) + "}"),
                        text("layers", HostilePlace.OWN_MANIFEST, manifest("2147483647", "")),
                        text("layers", HostilePlace.CONVERT_MANIFEST, manifest("2147483647", "")),
                        text("deep", HostilePlace.VOCABULARY, "{\"a\":".repeat(DEEP)),
                        text("digits", HostilePlace.VOCABULARY, "{\"a\": " + "9".repeat(DEEP) + "}"),
                        text("long", HostilePlace.MERGES, "#\n" + "a".repeat(DEEP) + " b\n"),
                        text("deep", HostilePlace.PREPROCESS, "{\"text\": " + "[".repeat(DEEP) + "\n"),
                        text("deep", HostilePlace.SETTINGS, "{\"a\":".repeat(DEEP)),
                        text("parent", HostilePlace.TRACKER, "../../release"))
                .toList();
    }

    private static Case text(String name, HostilePlace place, String text) {
        return new Case(name, place, text.getBytes(StandardCharsets.UTF_8));
    }

    /// What begins as UTF-32 does and then has a character that there is none.
    private static byte[] utf32() {
        return ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt('{')
                .putInt('"')
                .putInt(-1)
                .array();
    }

    private static String config(int layers, int width, int positions) {
        return "{\"model_type\": \"gpt2\", \"vocab_size\": 2, \"n_positions\": %d, \"n_embd\": %d, \"n_layer\": %d, \"n_head\": 1}"
                .formatted(positions, width, layers);
    }

    /// `os.system(": > canary")` in the pickle protocol 2.
    private static byte[] call(Path canary) {
        byte[] command = (": > " + canary).getBytes(StandardCharsets.UTF_8);
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(new byte[] {(byte) 0x80, 2});
        bytes.writeBytes("cposix\nsystem\nX".getBytes(StandardCharsets.US_ASCII));
        bytes.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(command.length)
                .array());
        bytes.writeBytes(command);
        bytes.writeBytes(new byte[] {(byte) 0x85, 'R', '.'});
        return bytes.toByteArray();
    }

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (var entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] safetensors(long length, String header, int dataBytes) {
        byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + bytes.length + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length)
                .put(bytes)
                .array();
    }

    private static byte[] index(long count) {
        return ByteBuffer.allocate(64)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("MMIDIDX\0\0".getBytes(StandardCharsets.US_ASCII))
                .putLong(1)
                .put((byte) 8)
                .putLong(count)
                .putLong(count)
                .array();
    }

    /// The weights of a GPT-2 of one layer, 4 channels, 4 positions and 2 tokens.
    static byte[] gpt2() {
        var header = new StringBuilder("{");
        long at = 0;
        for (String tensor : List.of(
                "wte.weight 2,4",
                "wpe.weight 4,4",
                "ln_f.weight 4",
                "ln_f.bias 4",
                "h.0.ln_1.weight 4",
                "h.0.ln_1.bias 4",
                "h.0.ln_2.weight 4",
                "h.0.ln_2.bias 4",
                "h.0.attn.c_attn.weight 4,12",
                "h.0.attn.c_attn.bias 12",
                "h.0.attn.c_proj.weight 4,4",
                "h.0.attn.c_proj.bias 4",
                "h.0.mlp.c_fc.weight 4,16",
                "h.0.mlp.c_fc.bias 16",
                "h.0.mlp.c_proj.weight 16,4",
                "h.0.mlp.c_proj.bias 4")) {
            String name = tensor.substring(0, tensor.indexOf(' '));
            String shape = tensor.substring(tensor.indexOf(' ') + 1);
            long size = Stream.of(shape.split(",")).mapToLong(Long::parseLong).reduce(4, (a, b) -> a * b);
            header.append(at == 0 ? "" : ", ")
                    .append("\"%s\": {\"dtype\": \"F32\", \"shape\": [%s], \"data_offsets\": [%d, %d]}"
                            .formatted(name, shape, at, at + size));
            at += size;
        }
        String text = header.append('}').toString();
        return safetensors(text.length(), text, (int) at);
    }

    /// The manifest of a checkpoint whose only shard is `content`.
    static byte[] manifest(String shard, byte[] content) {
        var sums = new ArrayList<Long>();
        for (int from = 0; from < content.length; from += 1 << 20) {
            var sum = new CRC32C();
            sum.update(content, from, Math.min(1 << 20, content.length - from));
            sums.add(sum.getValue());
        }
        return manifest(
                        "1",
                        "{\"file\": \"%s\", \"bytes\": %d, \"sha256\": \"%s\", \"crc32c\": %s}"
                                .formatted(shard, content.length, sha256(content), sums))
                .getBytes(StandardCharsets.UTF_8);
    }

    private static String manifest(String layers, String shards) {
        return ("{\"format\": \"stagecraft-checkpoint\", \"version\": 1, \"step\": 1, \"consumed-samples\": 8, \"seed\":"
                        + " 1, \"layout\": {\"tensor\": 1, \"pipeline\": 1, \"data\": 1}, \"model\": %s,"
                        + " \"tokenizer\": {}, \"configuration\": {}, \"state\": {}, \"shards\": [%s], \"tensors\": []}")
                .formatted(MODEL.formatted(layers), shards);
    }

    /// Writes the sums of a checkpoint's files.
    static void sumUp(Path checkpoint) throws IOException {
        var lines = new StringBuilder();
        for (String name : List.of("manifest.json", "model.safetensors")) {
            Path path = checkpoint.resolve(name);
            if (Files.exists(path)) {
                lines.append(sha256(Files.readAllBytes(path)))
                        .append("  ")
                        .append(name)
                        .append('\n');
            }
        }
        Files.writeString(checkpoint.resolve("SHA256SUMS"), lines);
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
