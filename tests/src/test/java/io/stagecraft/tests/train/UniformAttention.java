package io.stagecraft.tests.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/// A GPT-2 that can be written down: queries and keys are zero, so that a token attends to all
/// before it and itself alike, and MLPs give nothing. What a position says depends on every token
/// of its window and on where the window begins. Computed here in double, and saved as Hugging Face
/// saves it.
final class UniformAttention {
    private static final int HEADS = 2;
    private static final int INNER = 8;
    private static final double EPSILON = 1e-5;

    private final int vocabulary;
    private final int positions;
    private final int width;
    private final int layers;
    private final Map<String, float[]> tensors = new LinkedHashMap<>();
    private final Map<String, String> shapes = new LinkedHashMap<>();

    /// All zero but for the gains of the normalizations, which are one.
    UniformAttention(int vocabulary, int positions, int width, int layers) {
        this.vocabulary = vocabulary;
        this.positions = positions;
        this.width = width;
        this.layers = layers;
        matrix("wte.weight", vocabulary, width);
        matrix("wpe.weight", positions, width);
        for (int layer = 0; layer < layers; layer++) {
            String name = "h." + layer + ".";
            norm(name + "ln_1");
            matrix(name + "attn.c_attn.weight", width, 3 * width);
            vector(name + "attn.c_attn.bias", 3 * width);
            matrix(name + "attn.c_proj.weight", width, width);
            vector(name + "attn.c_proj.bias", width);
            norm(name + "ln_2");
            matrix(name + "mlp.c_fc.weight", width, INNER);
            vector(name + "mlp.c_fc.bias", INNER);
            matrix(name + "mlp.c_proj.weight", INNER, width);
            vector(name + "mlp.c_proj.bias", width);
        }
        norm("ln_f");
    }

    private void norm(String name) {
        vector(name + ".weight", width);
        vector(name + ".bias", width);
        Arrays.fill(tensor(name + ".weight"), 1);
    }

    private void matrix(String name, int rows, int columns) {
        tensors.put(name, new float[rows * columns]);
        shapes.put(name, rows + "," + columns);
    }

    private void vector(String name, int size) {
        tensors.put(name, new float[size]);
        shapes.put(name, String.valueOf(size));
    }

    /// Row-major, to be filled.
    float[] tensor(String name) {
        return tensors.get(name);
    }

    /// Draws everything that is not to be zero.
    UniformAttention randomized(RandomGenerator random) {
        draw("wte.weight", 0, 0.25, random);
        draw("wpe.weight", 0, 0.25, random);
        for (int layer = 0; layer < layers; layer++) {
            String name = "h." + layer + ".";
            draw(name + "ln_1.weight", 1, 0.2, random);
            draw(name + "ln_1.bias", 0, 0.2, random);
            draw(name + "attn.c_proj.weight", 0, 0.5, random);
            draw(name + "attn.c_proj.bias", 0, 0.1, random);
            float[] drawn = tensor(name + "attn.c_attn.weight");
            for (int i = 0; i < drawn.length; i++) {
                drawn[i] = i % (3 * width) < 2 * width ? 0 : (float) (0.5 * random.nextGaussian());
            }
        }
        draw("ln_f.weight", 0.5, 0.1, random);
        draw("ln_f.bias", 0, 0.1, random);
        return this;
    }

    private void draw(String name, double mean, double deviation, RandomGenerator random) {
        float[] values = tensor(name);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (mean + deviation * random.nextGaussian());
        }
    }

    /// What the head sees at each of `tokens[from]` to `tokens[from + num - 1]`, which begin a
    /// window.
    double[][] hidden(int[] tokens, int from, int num) {
        var x = new double[num][width];
        for (int p = 0; p < num; p++) {
            for (int c = 0; c < width; c++) {
                x[p][c] = tensor("wte.weight")[tokens[from + p] * width + c] + tensor("wpe.weight")[p * width + c];
            }
        }
        for (int layer = 0; layer < layers; layer++) {
            attend(x, "h." + layer + ".");
        }
        for (int p = 0; p < num; p++) {
            x[p] = normalized(x[p], "ln_f");
        }
        return x;
    }

    /// The mean of values is the value of the mean, since values are linear in what they are made
    /// of.
    private void attend(double[][] x, String layer) {
        float[] qkv = tensor(layer + "attn.c_attn.weight");
        float[] qkvBias = tensor(layer + "attn.c_attn.bias");
        float[] out = tensor(layer + "attn.c_proj.weight");
        float[] outBias = tensor(layer + "attn.c_proj.bias");
        var sum = new double[width];
        for (int p = 0; p < x.length; p++) {
            double[] y = normalized(x[p], layer + "ln_1");
            var value = new double[width];
            for (int i = 0; i < width; i++) {
                sum[i] += y[i];
                for (int c = 0; c < width; c++) {
                    value[c] += sum[i] / (p + 1) * qkv[i * 3 * width + 2 * width + c];
                }
            }
            for (int c = 0; c < width; c++) {
                x[p][c] += outBias[c];
                for (int i = 0; i < width; i++) {
                    x[p][c] += (value[i] + qkvBias[2 * width + i]) * out[i * width + c];
                }
            }
        }
    }

    private double[] normalized(double[] x, String name) {
        double mean = 0;
        double squares = 0;
        for (double value : x) {
            mean += value / width;
            squares += value * value / width;
        }
        double scale = 1 / Math.sqrt(squares - mean * mean + EPSILON);
        var y = new double[width];
        for (int c = 0; c < width; c++) {
            y[c] = (x[c] - mean) * scale * tensor(name + ".weight")[c] + tensor(name + ".bias")[c];
        }
        return y;
    }

    /// The logit of `token`.
    double logit(double[] hidden, int token) {
        float[] words = tensor("wte.weight");
        double sum = 0;
        for (int c = 0; c < width; c++) {
            sum += hidden[c] * words[token * width + c];
        }
        return sum;
    }

    /// Nats that `target` costs; logits are small enough for their exponentials.
    double loss(double[] hidden, int target) {
        double sum = 0;
        for (int token = 0; token < vocabulary; token++) {
            sum += Math.exp(logit(hidden, token));
        }
        return Math.log(sum) - logit(hidden, target);
    }

    /// Writes `config.json` and `model.safetensors`.
    Path save(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("config.json"), """
                {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "vocab_size": %d, "n_positions": %d,
                 "n_embd": %d, "n_layer": %d, "n_head": %d, "n_inner": %d, "activation_function": "gelu_new",
                 "layer_norm_epsilon": 1e-05, "tie_word_embeddings": true}
                """.formatted(vocabulary, positions, width, layers, HEADS, INNER));
        var header = new StringBuilder("{");
        int end = 0;
        for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
            int begin = end;
            end += Float.BYTES * tensor.getValue().length;
            header.append(begin == 0 ? "" : ",")
                    .append("\"transformer.%s\":{\"dtype\":\"F32\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                            .formatted(tensor.getKey(), shapes.get(tensor.getKey()), begin, end));
        }
        byte[] json = header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(Long.BYTES + json.length + end).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(json.length).put(json);
        for (float[] values : tensors.values()) {
            for (float value : values) {
                file.putFloat(value);
            }
        }
        Files.write(folder.resolve("model.safetensors"), file.array());
        return folder;
    }
}
