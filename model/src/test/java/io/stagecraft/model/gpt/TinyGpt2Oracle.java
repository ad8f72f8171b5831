package io.stagecraft.model.gpt;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.checkpoint.SafetensorsFile;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceGpt2Config;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceGpt2Reader;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceGpt2Reader.MatrixLayout;
import io.stagecraft.model.checkpoint.huggingface.TensorSource;
import io.stagecraft.model.layer.MicrobatchContext;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.tensor.Shape;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.LongToDoubleFunction;

/// What PyTorch 1.13 recorded in double for a GPT-2 of 4 layers with seeded weights: inputs, hidden
/// states, logits, loss, every gradient, and weights after three steps of AdamW.
final class TinyGpt2Oracle implements AutoCloseable {
    private final SafetensorsFile weights = SafetensorsFile.open(resource("tiny-gpt2.safetensors"));
    private final SafetensorsFile recorded = SafetensorsFile.open(resource("tiny-gpt2.oracle.f64.safetensors"));
    private final GptConfig config;

    TinyGpt2Oracle() {
        try {
            config = HuggingFaceGpt2Config.read(new ObjectMapper()
                    .readTree(resource("tiny-gpt2.config.json").toFile()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path resource(String name) {
        try {
            return Path.of(TinyGpt2Oracle.class.getResource("/oracle/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    GptConfig config() {
        return config;
    }

    /// The recorded microbatch; the loss is the mean over its rows.
    MicrobatchContext.Batch batch() {
        Shape shape = recorded.spec("in.ids").shape();
        int rows = (int) shape.numElements();
        double[] weights = new double[rows];
        Arrays.fill(weights, 1);
        return new MicrobatchContext.Batch(
                (int) shape.d0(), (int) shape.d1(), 0, ints("in.ids"), ints("in.targets"), weights, 1.0 / rows);
    }

    private int[] ints(String name) {
        return Arrays.stream(recorded.doubles(name))
                .mapToInt(value -> (int) value)
                .toArray();
    }

    double[] recorded(String name) {
        return recorded.doubles(name);
    }

    void load(Parameter parameter, Backend backend) {
        reader(TensorSource.of(weights)).read(parameter, backend);
    }

    /// The recorded tensor `kind` (grad or after3) of `parameter`, in the order of the global tensor.
    double[] global(String kind, Parameter parameter) {
        LongToDoubleFunction elements = reader(prefixed(kind + ".")).elements(parameter);
        double[] values = new double[(int) parameter.globalShape().numElements()];
        Arrays.setAll(values, elements::applyAsDouble);
        return values;
    }

    private HuggingFaceGpt2Reader reader(TensorSource source) {
        return new HuggingFaceGpt2Reader(source, MatrixLayout.CONV1D, config);
    }

    private TensorSource prefixed(String prefix) {
        TensorSource all = TensorSource.of(recorded);
        return new TensorSource() {
            @Override
            public boolean contains(String name) {
                return all.contains(prefix + name);
            }

            @Override
            public Shape shape(String name) {
                return all.shape(prefix + name);
            }

            @Override
            public LongToDoubleFunction elements(String name) {
                return all.elements(prefix + name);
            }
        };
    }

    @Override
    public void close() {
        weights.close();
        recorded.close();
    }
}
