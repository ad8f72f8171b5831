package io.stagecraft.model.checkpoint.huggingface;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.layer.ParameterWriter;
import io.stagecraft.model.tensor.Shape;
import java.util.function.LongToDoubleFunction;

/// Gives parameters the values of a GPT-2 of Hugging Face's layout.
///
/// Hugging Face stores the fused projection as all of q, all of k, all of v; here it is q, k and v
/// of head 0, then of head 1, and so on. Rows of the padded vocabulary that the file does not have
/// repeat its last row, as Megatron-LM's converter does.
///
/// - Errors: [IllegalArgumentException] naming the tensor, expected and got, if it is absent or its
///   shape does not fit the model.
public final class HuggingFaceGpt2Reader {
    private static final String PREFIX = "transformer.";

    private final TensorSource source;
    private final MatrixLayout layout;
    private final GptConfig config;

    /// How the matrices of linear layers are stored.
    public enum MatrixLayout {
        /// `[in, out]`: Hugging Face's GPT-2.
        CONV1D,
        /// `[out, in]`: minGPT, nanoGPT.
        LINEAR
    }

    /// Reads from `source`, which is borrowed, for the model `config`.
    public HuggingFaceGpt2Reader(TensorSource source, MatrixLayout layout, GptConfig config) {
        this.source = source;
        this.layout = layout;
        this.config = config;
    }

    /// Fills the rank's part of `parameter`.
    public void read(Parameter parameter, Backend backend) {
        new ParameterWriter(backend).write(parameter, elements(parameter));
    }

    /// The elements of the global tensor by their place in Megatron-LM's order. `parameter` may be
    /// any rank's part.
    public LongToDoubleFunction elements(Parameter parameter) {
        String name = resolve(HuggingFaceGpt2Names.of(parameter.name()));
        Shape stored = source.shape(name);
        Shape global = parameter.globalShape();
        LongToDoubleFunction elements = source.elements(name);
        if (parameter.name().contains("embedding") || parameter.name().contains("output_layer")) {
            return table(parameter, name, stored, elements);
        }
        boolean transposed = layout == MatrixLayout.CONV1D && global.rank() == 2;
        Shape expected = transposed ? Shape.of(global.d1(), global.d0()) : global;
        require(parameter, name, stored.equals(expected), expected, stored);
        boolean perHead = parameter.name().contains("query_key_value");
        long columns = global.rank() == 2 ? global.d1() : 1;
        long rows = global.d0();
        return index -> {
            long row = perHead ? blockRow(index / columns) : index / columns;
            long column = index % columns;
            return elements.applyAsDouble(transposed ? column * rows + row : row * columns + column);
        };
    }

    /// Row in `[q | k | v]` of row `row` in `[head][q | k | v]`.
    private long blockRow(long row) {
        long d = config.headSize();
        long head = row / (3 * d);
        long which = row % (3 * d) / d;
        return which * config.hiddenSize() + head * d + row % d;
    }

    private LongToDoubleFunction table(Parameter parameter, String name, Shape stored, LongToDoubleFunction elements) {
        Shape global = parameter.globalShape();
        boolean positions = parameter.name().contains("position");
        long atLeast = positions ? global.d0() : config.vocabSize();
        Shape expected = Shape.of(atLeast, global.d1());
        require(
                parameter,
                name,
                stored.rank() == 2 && stored.d0() >= atLeast && stored.d1() == global.d1(),
                expected,
                stored);
        long lastRow = stored.d0() - 1;
        long columns = global.d1();
        return index -> elements.applyAsDouble(Math.min(index / columns, lastRow) * columns + index % columns);
    }

    private String resolve(String name) {
        if (source.contains(PREFIX + name)) {
            return PREFIX + name;
        }
        if (!source.contains(name)) {
            throw new IllegalArgumentException(
                    "a GPT-2 needs the tensor " + name + " or " + PREFIX + name + " but the file has neither");
        }
        return name;
    }

    private static void require(Parameter parameter, String name, boolean fits, Shape expected, Shape got) {
        if (!fits) {
            throw new IllegalArgumentException("loading " + parameter.name() + " from " + name + ": expected the shape "
                    + expected + " but got " + got + "; does the configuration belong to these weights?");
        }
    }
}
