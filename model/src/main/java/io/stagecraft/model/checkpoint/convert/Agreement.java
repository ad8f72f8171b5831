package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// How a converted model agrees with its source.
///
/// @param numWeights weights that are equal bit for bit
/// @param numMoments moments that are equal bit for bit
/// @param numTokens length of the input of which logits were compared
/// @param numLogits logits of each token that were compared
/// @param largestDifference largest absolute difference of logits through the written model and
///     through the source in the written type
/// @param largestRounding largest absolute difference of logits through the written model and
///     through the source in its own type
public record Agreement(
        int numWeights,
        int numMoments,
        int numTokens,
        int numLogits,
        double largestDifference,
        double largestRounding) {
    /// Equal weights through equal kernels give equal logits; this leaves room for none but
    /// rounding.
    private static final double TOLERANCE = 1e-5;

    /// Compares `written` with what it was made from.
    ///
    /// - Errors: [ConversionException] naming the tensor that differs, or saying how far logits are
    ///   apart.
    static Agreement check(ConvertedModel model, ModelSource written, Backend backend) {
        requireSameSizes(model, written);
        SavedTensors expected = SavedTensors.of(model.weights());
        SavedTensors found = SavedTensors.of(written);
        compare(model, written, found.weights());
        if (!found.moments().isEmpty()) {
            compare(model, written, expected.moments());
        }
        return logits(model, written, backend, found);
    }

    private static void requireSameSizes(ConvertedModel model, ModelSource written) {
        var expected = model.weights().model();
        var found = written.model();
        if (!found.withVocabulary(expected.vocabSize(), found.paddedVocabSize()).equals(expected)) {
            throw new ConversionException(written.path(), "expected " + expected + " but it says " + found);
        }
    }

    private static void compare(ConvertedModel model, ModelSource written, List<TensorSpec> tensors) {
        for (TensorSpec spec : tensors) {
            TensorSpec found = written.find(spec.name())
                    .orElseThrow(() -> new ConversionException(written.path(), spec + " is missing"));
            // beside an optimizer Megatron-LM's weights of half precision are read as its single-precision ones
            ModelSource expected =
                    model.weights().find(spec.name()).filter(found::equals).isPresent()
                            ? model.weights()
                            : model.exact();
            if (!expected.find(spec.name()).filter(found::equals).isPresent()) {
                throw new ConversionException(
                        written.path(), "expected " + expected.find(spec.name()) + " but it has " + found);
            }
            requireSameBytes(expected, written, found);
        }
    }

    private static void requireSameBytes(ModelSource expected, ModelSource written, TensorSpec spec) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment left = arena.allocate(spec.sizeBytes(), Long.BYTES);
            MemorySegment right = arena.allocate(spec.sizeBytes(), Long.BYTES);
            expected.read(spec.name(), new TensorPartition.Replicated(), left);
            written.read(spec.name(), new TensorPartition.Replicated(), right);
            long at = left.mismatch(right);
            if (at >= 0) {
                throw new ConversionException(written.path(), spec + " differs at its byte " + at);
            }
        }
    }

    private static Agreement logits(ConvertedModel model, ModelSource written, Backend backend, SavedTensors found) {
        var probe = new LogitsProbe(backend, model.weights().model().vocabSize());
        SavedTensors asked = SavedTensors.of(model.weights());
        boolean isAsked =
                found.weights().getFirst().type() == asked.weights().getFirst().type();
        ModelSource same = isAsked ? model.weights() : model.exact();
        float[][] original = probe.run(model.source());
        float[][] expected = same == model.exact() ? original : probe.run(same);
        float[][] actual = probe.run(written);
        double difference = largest(expected, actual);
        if (!(difference <= TOLERANCE)) {
            throw new ConversionException(
                    written.path(), "logits of a fixed input differ by " + difference + ", more than " + TOLERANCE);
        }
        return new Agreement(
                found.weights().size(),
                found.moments().size(),
                actual.length,
                Math.min(expected[0].length, actual[0].length),
                difference,
                largest(original, actual));
    }

    /// Over the columns that both have; NaN if one of them is.
    private static double largest(float[][] left, float[][] right) {
        double largest = 0;
        for (int row = 0; row < left.length; row++) {
            for (int column = 0; column < Math.min(left[row].length, right[row].length); column++) {
                double difference = Math.abs((double) left[row][column] - right[row][column]);
                largest = Double.isNaN(difference) ? difference : Math.max(largest, difference);
            }
        }
        return largest;
    }
}
