package io.stagecraft.model.fuzz;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.megatron.CheckpointVersion;
import io.stagecraft.model.checkpoint.megatron.TinyMegatron;
import io.stagecraft.model.checkpoint.pickle.PickleBytes;
import io.stagecraft.model.checkpoint.pickle.PickleBytes.TensorView;
import io.stagecraft.model.checkpoint.pickle.TorchBytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// Small valid files of each kind, to begin from.
final class Seeds {
    /// Where [HostileReading#MANIFEST] lays [#safetensors].
    static final String SHARD_FILE = "a.safetensors";

    private Seeds() {}

    static List<byte[]> of(HostileReading reading) {
        return switch (reading) {
            case TORCH -> List.of(torchZip(), torchStream(), torchStack());
            case MEGATRON -> megatron();
            case SAFETENSORS -> List.of(safetensors());
            case NPY -> List.of(npy());
            case INDEX -> List.of(index());
            case MANIFEST -> List.of(manifest());
            case HUGGING_FACE_CONFIG -> List.of(gpt2Config());
            case HUGGING_FACE_SAFETENSORS -> List.of(gpt2Safetensors());
            case HUGGING_FACE_TORCH -> List.of(gpt2Torch());
            case HUGGING_FACE_INDEX ->
                List.of(text(
                        "{\"metadata\": {\"total_size\": 8}, \"weight_map\": {\"wte.weight\": \"part.safetensors\","
                                + " \"wpe.weight\": \"part.safetensors\"}}"));
            case MERGES -> List.of(text("#version: 0.2\na b\n"));
            case TOKENIZER_JSON ->
                List.of(text("{\"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0, \"b\": 1, \"ab\": 2},"
                        + " \"merges\": [\"a b\"]}, \"added_tokens\": [{\"id\": 3, \"content\":"
                        + " \"<|endoftext|>\"}], \"pre_tokenizer\": {\"type\": \"ByteLevel\","
                        + " \"add_prefix_space\": false, \"trim_offsets\": true}}"));
            case VOCABULARY -> List.of(text("{\"a\": 0, \"b\": 1, \"ab\": 2, \"<|endoftext|>\": 3}"));
            case WORD_PIECES -> List.of(text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n##b\n"));
        };
    }

    static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] object() {
        var tensor = new TensorView("0", ElementType.F32, 6, 0, List.of(2L, 3L), List.of(3L, 1L));
        return PickleBytes.of(Map.of("w", tensor, "args", new PickleBytes.Namespace(Map.of("lr", 0.5))));
    }

    private static byte[] torchZip() {
        return TorchBytes.zip(object(), Map.of("0", TorchBytes.floats(0, 1, 2, 3, 4, 5)));
    }

    private static byte[] torchStream() {
        return TorchBytes.stream(object(), Map.of("0", TorchBytes.floats(0, 1, 2, 3, 4, 5)), 4);
    }

    /// Opcodes of all protocols.
    private static byte[] torchStack() {
        byte[] pickle = PickleBytes.begin()
                .raw('(', 'K', 7, 'N', '2', '0', 0x94, 'K', 8, ']', 'q', 1, 'h', 1, 'a')
                .raw('K', 9, '}', 'K', 1, 'M', 1, 0, 's', '(', 0x8c, 1, 'a', 0x88, 'u')
                .raw('K', 10, 0x8f, '(', 'K', 2, 0x90, 'K', 11, ')', 'd', '.')
                .bytes();
        return TorchBytes.zip(pickle, Map.of());
    }

    private static List<byte[]> megatron() {
        byte[] trained = new TinyMegatron(CheckpointVersion.V3, ElementType.F16, 1, 1, 1)
                .withOptimizer()
                .file(0, 0);
        byte[] released = new TinyMegatron(CheckpointVersion.V0, ElementType.F16, 1, 1, 1).file(0, 0);
        return List.of(
                trained, released, TorchBytes.deflated(Map.of("release/mp_rank_00/model_optim_rng.pt", released)));
    }

    static byte[] safetensors() {
        byte[] header = text("{\"wte.weight\": {\"dtype\": \"F32\", \"shape\": [2, 4], \"data_offsets\": [0, 32]},"
                + " \"wpe.weight\": {\"dtype\": \"F16\", \"shape\": [4, 4], \"data_offsets\": [32, 64]}}");
        return ByteBuffer.allocate(8 + header.length + 64)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    private static byte[] manifest() {
        byte[] shard = safetensors();
        var sum = new CRC32C();
        sum.update(shard);
        String model =
                "{\"type\": \"gpt\", \"num-layers\": 1, \"hidden-size\": 4, \"num-heads\": 1, \"max-positions\": 4,"
                        + " \"vocab-size\": 2, \"padded-vocab-size\": 2, \"ffn-hidden-size\": 16, \"layer-norm-epsilon\": 1e-5,"
                        + " \"gelu\": \"TANH\", \"output-embedding\": \"TIED\", \"attention-dropout\": 0, \"hidden-dropout\": 0,"
                        + " \"init-method-std\": 0.02}";
        return text(("{\"format\": \"stagecraft-checkpoint\", \"version\": 2, \"step\": 1, \"consumed-samples\": 8,"
                        + " \"consumed-valid-samples\": 0, \"adam-steps\": 1, \"seed\": 1, \"layout\": {\"tensor\": 1,"
                        + " \"pipeline\": 1, \"data\": 1}, \"model\": %s, \"tokenizer\": {}, \"configuration\": {},"
                        + " \"state\": {}, \"shards\": [{\"file\": \"%s\", \"bytes\": %d, \"sha256\": \"%s\", \"crc32c\":"
                        + " [%d]}], \"tensors\": [{\"name\": \"wte.weight\", \"dtype\": \"F32\", \"shape\": [2, 4],"
                        + " \"shard\": \"%s\"}]}")
                .formatted(model, SHARD_FILE, shard.length, HostileReading.sha256(shard), sum.getValue(), SHARD_FILE));
    }

    static byte[] gpt2Config() {
        return text("{\"model_type\": \"gpt2\", \"vocab_size\": 2, \"n_positions\": 4, \"n_embd\": 4,"
                + " \"n_layer\": 1, \"n_head\": 1, \"layer_norm_epsilon\": 1e-5,"
                + " \"activation_function\": \"gelu_new\"}");
    }

    /// Extents of the tensors of the GPT-2 of [#gpt2Config].
    private static Map<String, List<Long>> gpt2() {
        var extents = new TreeMap<String, List<Long>>();
        extents.put("wte.weight", List.of(2L, 4L));
        extents.put("wpe.weight", List.of(4L, 4L));
        for (String norm : List.of("ln_f", "h.0.ln_1", "h.0.ln_2")) {
            extents.put(norm + ".weight", List.of(4L));
            extents.put(norm + ".bias", List.of(4L));
        }
        linear(extents, "h.0.attn.c_attn", 4, 12);
        linear(extents, "h.0.attn.c_proj", 4, 4);
        linear(extents, "h.0.mlp.c_fc", 4, 16);
        linear(extents, "h.0.mlp.c_proj", 16, 4);
        return extents;
    }

    private static void linear(Map<String, List<Long>> extents, String name, long inputs, long outputs) {
        extents.put(name + ".weight", List.of(inputs, outputs));
        extents.put(name + ".bias", List.of(outputs));
    }

    private static long count(List<Long> extents) {
        return extents.stream().reduce(1L, (a, b) -> a * b);
    }

    static byte[] gpt2Safetensors() {
        var header = new StringJoiner(", ", "{", "}");
        long[] end = {0};
        gpt2().forEach((name, extents) -> {
            long from = end[0];
            end[0] += 4 * count(extents);
            header.add("\"%s\": {\"dtype\": \"F32\", \"shape\": %s, \"data_offsets\": [%d, %d]}"
                    .formatted(name, extents, from, end[0]));
        });
        byte[] bytes = text(header.toString());
        return ByteBuffer.allocate(8 + bytes.length + (int) end[0])
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(bytes.length)
                .put(bytes)
                .array();
    }

    private static byte[] gpt2Torch() {
        var tensors = new TreeMap<String, Object>();
        var storages = new TreeMap<String, byte[]>();
        gpt2().forEach((name, extents) -> {
            String key = String.valueOf(storages.size());
            tensors.put(name, TensorView.whole(key, ElementType.F32, extents));
            storages.put(key, new byte[(int) (4 * count(extents))]);
        });
        return TorchBytes.zip(PickleBytes.of(tensors), storages);
    }

    private static byte[] npy() {
        byte[] header = text("{'descr': '<i4', 'fortran_order': False, 'shape': (3,), }\n");
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(HexFormat.of().parseHex("934e554d5059" + "0100"));
        bytes.write(header.length);
        bytes.write(0);
        bytes.writeBytes(header);
        bytes.writeBytes(new byte[12]);
        return bytes.toByteArray();
    }

    /// Two items of 3 and 2 tokens of 16 bits, a document each.
    private static byte[] index() {
        return HexFormat.of()
                .parseHex("4d4d494449445800000100000000000000" + "08" + "0200000000000000" + "0300000000000000"
                        + "0300000002000000" + "0000000000000000" + "0600000000000000"
                        + "0000000000000000" + "0100000000000000" + "0200000000000000");
    }
}
