package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.pickle.PickleBytes;
import io.stagecraft.model.checkpoint.pickle.PickleBytes.TensorView;
import io.stagecraft.model.checkpoint.pickle.TorchBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Writes checkpoints of a tiny GPT-2 as Megatron-LM of some age lays them out: 4 layers, width 4, 2
/// heads, 8 rows of words. Every element tells its place, so that a mistake in merging shows.
final class TinyMegatron {
    static final int NUM_LAYERS = 4;
    static final int HIDDEN = 4;
    static final int NUM_HEADS = 2;
    private static final int HEAD = HIDDEN / NUM_HEADS;
    private static final int FFN = 8;
    private static final List<String> NAMES = MegatronNames.all(NUM_LAYERS);

    private final CheckpointVersion version;
    private final int tensorSize;
    private final int numStages;
    private final int numChunks;
    private final ElementType type;
    private final Map<String, Object> otherArguments = new LinkedHashMap<>();
    private boolean hasOptimizer;
    private double tiedError;

    /// A checkpoint of `version` with elements of `type` at a layout; `numChunks` a stage.
    TinyMegatron(CheckpointVersion version, ElementType type, int tensorSize, int numStages, int numChunks) {
        this.version = version;
        this.type = type;
        this.tensorSize = tensorSize;
        this.numStages = numStages;
        this.numChunks = numChunks;
    }

    /// With moments, and masters if the weights are of half precision.
    TinyMegatron withOptimizer() {
        hasOptimizer = true;
        return this;
    }

    /// With another argument.
    TinyMegatron with(String key, Object value) {
        otherArguments.put(key, value);
        return this;
    }

    /// With an error in the last stage's copy of the word embedding.
    TinyMegatron withTiedError() {
        tiedError = 1;
        return this;
    }

    /// Element `index` of the global tensor `name`; exact in every type.
    static double value(String name, int index) {
        return index + 64 * (NAMES.indexOf(name) % 4);
    }

    /// Element `index` of the moment that is called `key`.
    static double moment(String key, String name, int index) {
        return (key.equals("exp_avg") ? 1000 : 2000) + NAMES.indexOf(name) * 64 + index;
    }

    /// Writes the folder of an iteration.
    Path write(Path folder) throws IOException {
        for (int rank = 0; rank < tensorSize; rank++) {
            for (int stage = 0; stage < numStages; stage++) {
                String name =
                        numStages == 1 ? "mp_rank_%02d".formatted(rank) : "mp_rank_%02d_%03d".formatted(rank, stage);
                Path file = folder.resolve(name).resolve("model_optim_rng.pt");
                Files.createDirectories(file.getParent());
                Files.write(file, file(rank, stage));
            }
        }
        return folder;
    }

    /// The bytes of one file.
    byte[] file(int rank, int stage) {
        return new Rank(rank, stage).file();
    }

    /// The parts of one tensor rank of one stage.
    private final class Rank {
        private final int rank;
        private final int stage;
        private final Map<String, byte[]> storages = new LinkedHashMap<>();
        private final List<String> decayed = new ArrayList<>();
        private final List<String> others = new ArrayList<>();

        Rank(int rank, int stage) {
            this.rank = rank;
            this.stage = stage;
        }

        byte[] file() {
            var root = new LinkedHashMap<String, Object>();
            if (version != CheckpointVersion.V0) {
                root.put("args", new PickleBytes.Namespace(arguments()));
                root.put("checkpoint_version", version.number());
            }
            root.put("iteration", 7);
            for (int chunk = 0; chunk < numChunks; chunk++) {
                root.put(numChunks == 1 ? "model" : "model" + chunk, model(chunk));
            }
            if (hasOptimizer) {
                root.put("optimizer", optimizer());
            }
            byte[] pickle = PickleBytes.of(root);
            return version == CheckpointVersion.V0
                    ? TorchBytes.stream(pickle, storages, type.sizeBytes())
                    : TorchBytes.zip(pickle, storages);
        }

        private Map<String, Object> arguments() {
            var arguments = new LinkedHashMap<String, Object>();
            arguments.put("num_layers", NUM_LAYERS);
            arguments.put("num_attention_heads", NUM_HEADS);
            arguments.put("tensor_model_parallel_size", tensorSize);
            arguments.put("pipeline_model_parallel_size", numStages);
            arguments.put("consumed_train_samples", 56);
            arguments.put("bias_gelu_fusion", true);
            arguments.putAll(otherArguments);
            return arguments;
        }

        private Map<String, Object> model(int chunk) {
            boolean old = version != CheckpointVersion.V3;
            var embedding = new LinkedHashMap<String, Object>();
            var layers = new LinkedHashMap<String, Object>();
            int perChunk = NUM_LAYERS / numStages / numChunks;
            int first = (chunk * numStages + stage) * perChunk;
            boolean isFirst = stage == 0 && chunk == 0;
            boolean isLast = stage == numStages - 1 && chunk == numChunks - 1;
            for (String name : NAMES) {
                String local = name.substring("language_model.".length());
                if (local.startsWith("embedding.") && isFirst) {
                    String table = local.split("[.]")[1];
                    embedding.put(table, Map.of("weight", part(name)));
                } else if (local.startsWith("encoder.layers.")) {
                    int layer = Integer.parseInt(local.split("[.]")[2]);
                    String rest = local.substring(("encoder.layers." + layer + ".").length());
                    if (layer >= first && layer < first + perChunk) {
                        String key = "layers." + (layer - first) + "."
                                + (old ? rest.replace("self_attention", "attention") : rest);
                        layers.put(key, part(name));
                    }
                } else if (local.startsWith("encoder.final") && isLast) {
                    layers.put(local.substring("encoder.".length()), part(name));
                }
            }
            var languageModel = new LinkedHashMap<String, Object>();
            languageModel.put("embedding", embedding);
            languageModel.put(old ? "transformer" : "encoder", layers);
            var model = new LinkedHashMap<String, Object>();
            model.put("language_model", languageModel);
            if (isLast && !isFirst) {
                model.put("word_embeddings_for_head", Map.of("weight", part(MegatronNames.WORDS)));
            }
            return model;
        }

        private TensorView part(String name) {
            int[] places = places(name);
            (extents(name).size() > 1 ? decayed : others).add(name);
            double error = stage > 0 && name.equals(MegatronNames.WORDS) ? tiedError : 0;
            double[] values = new double[places.length];
            for (int i = 0; i < places.length; i++) {
                values[i] = value(name, places[i]) + error;
            }
            return stored(name, values, type);
        }

        private TensorView stored(String name, double[] values, ElementType as) {
            var bytes = ByteBuffer.allocate(values.length * as.sizeBytes()).order(ByteOrder.LITTLE_ENDIAN);
            for (double value : values) {
                switch (as) {
                    case F16 -> bytes.putShort(Float.floatToFloat16((float) value));
                    case BF16 -> bytes.putShort((short) (Float.floatToIntBits((float) value) >>> 16));
                    default -> bytes.putFloat((float) value);
                }
            }
            String key = Integer.toString(storages.size());
            storages.put(key, bytes.array());
            return TensorView.whole(key, as, localExtents(name));
        }

        private Map<String, Object> optimizer() {
            List<List<String>> groups = List.of(decayed, others);
            var state = new LinkedHashMap<Integer, Object>();
            var paramGroups = new ArrayList<Object>();
            for (List<String> group : groups) {
                var indices = new ArrayList<Integer>();
                for (String name : group) {
                    indices.add(state.size());
                    state.put(
                            state.size(),
                            Map.of("exp_avg", moments("exp_avg", name), "exp_avg_sq", moments("exp_avg_sq", name)));
                }
                paramGroups.add(Map.of("step", 5, "params", indices));
            }
            Map<String, Object> torch = Map.of("state", state, "param_groups", paramGroups);
            return type == ElementType.F32
                    ? torch
                    : Map.of(
                            "optimizer",
                            torch,
                            "fp32_from_fp16_params",
                            groups.stream().map(this::masters).toList());
        }

        private TensorView moments(String key, String name) {
            int[] places = places(name);
            double[] values = new double[places.length];
            for (int i = 0; i < places.length; i++) {
                values[i] = moment(key, name, places[i]);
            }
            return stored(name, values, ElementType.F32);
        }

        private List<TensorView> masters(List<String> names) {
            var masters = new ArrayList<TensorView>();
            for (String name : names) {
                int[] places = places(name);
                double[] values = new double[places.length];
                for (int i = 0; i < places.length; i++) {
                    values[i] = value(name, places[i]) + 0.001953125;
                }
                masters.add(stored(name, values, ElementType.F32));
            }
            return masters;
        }

        private List<Long> localExtents(String name) {
            var extents = new ArrayList<>(extents(name));
            switch (MegatronNames.sharing(name)) {
                case ROWS -> extents.set(0, extents.get(0) / tensorSize);
                case COLUMNS -> extents.set(1, extents.get(1) / tensorSize);
                case REPLICATED -> {}
            }
            return extents;
        }

        /// For each element of the rank's file, in its order, the place in the global tensor.
        private int[] places(String name) {
            List<Long> local = localExtents(name);
            int columns = local.size() == 1 ? 1 : (int) (long) local.get(1);
            int width =
                    extents(name).size() == 1 ? 1 : (int) (long) extents(name).get(1);
            boolean rows = MegatronNames.sharing(name) == MergedTensor.Sharing.ROWS;
            boolean split = MegatronNames.sharing(name) == MergedTensor.Sharing.COLUMNS;
            int[] order = rowsInFile(name, (int) (long) local.get(0));
            int[] places = new int[order.length * columns];
            for (int row = 0; row < order.length; row++) {
                int global = order[row] + (rows ? rank * order.length : 0);
                for (int column = 0; column < columns; column++) {
                    places[row * columns + column] = global * width + column + (split ? rank * columns : 0);
                }
            }
            return places;
        }

        /// Rows of the fused projection as each version nests them; others as they are.
        private int[] rowsInFile(String name, int numRows) {
            int[] order = new int[numRows];
            int heads = NUM_HEADS / tensorSize;
            int at = 0;
            if (name.contains("query_key_value") && version == CheckpointVersion.V0) {
                for (int kind = 0; kind < 3; kind++) {
                    for (int head = 0; head < heads; head++) {
                        for (int channel = 0; channel < HEAD; channel++) {
                            order[at++] = (head * 3 + kind) * HEAD + channel;
                        }
                    }
                }
                return order;
            }
            if (name.contains("query_key_value") && version == CheckpointVersion.V1) {
                for (int head = 0; head < heads; head++) {
                    for (int channel = 0; channel < HEAD; channel++) {
                        for (int kind = 0; kind < 3; kind++) {
                            order[at++] = (head * 3 + kind) * HEAD + channel;
                        }
                    }
                }
                return order;
            }
            java.util.Arrays.setAll(order, i -> i);
            return order;
        }
    }

    static List<Long> extents(String name) {
        long rows = name.equals(MegatronNames.WORDS)
                ? 8
                : name.equals(MegatronNames.POSITIONS)
                        ? 3
                        : name.contains("query_key_value") ? 3 * HIDDEN : name.contains("h_to_4h") ? FFN : HIDDEN;
        boolean matrix = name.endsWith("weight") && !name.contains("layernorm");
        return matrix ? List.of(rows, name.contains("4h_to_h") ? (long) FFN : HIDDEN) : List.of(rows);
    }
}
