package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.random.Philox;
import io.stagecraft.model.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Attention against the scalar backend.
class CpuAttentionTest {
    private final Twins twins = new Twins();

    @AfterEach
    void close() {
        twins.close();
    }

    /// Scores are sums of `D <= 33` products below 4, scaled: an error of 33 * 4 * 33 * 2^-24 at most
    /// enters the exponent; gradients sum over up to 130 positions values below 33 of that relative
    /// error. Errors are random in sign, so a tenth of the bound's square is plenty: 1e-4.
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 1, 0",
        "2, 7, 3, 5, 0",
        "1, 8, 2, 8, 6554",
        "2, 9, 1, 17, 6554",
        "1, 33, 2, 33, 6554",
        "1, 64, 2, 8, 6554",
        "2, 65, 1, 4, 32768",
        "1, 130, 1, 7, 6554",
        "1, 130, 1, 8, 0"
    })
    void shouldAttendAndDifferentiateAsTheOracle(int numSequences, int positions, int heads, int size, int threshold) {
        Dropout dropout = new Dropout(threshold, Philox.key(3, "attention"), 41, positions);
        AttentionSpec spec = new AttentionSpec(numSequences, positions, heads, size, 2, 1 / Math.sqrt(size), dropout);
        long rows = spec.rows();
        Twin qkv = twins.random(Shape.of(rows, 3L * heads * size));
        Twin saved = twins.random(twins.cpu.attentionSavedShape(spec));
        Twin out = twins.random(Shape.of(rows, (long) heads * size));
        Twin dOut = twins.random(Shape.of(rows, (long) heads * size));
        Twin dQkv = twins.random(Shape.of(rows, 3L * heads * size));

        twins.cpu.attention(spec, qkv.actual(), saved.actual(), out.actual());
        twins.scalar.attention(spec, qkv.expected(), saved.expected(), out.expected());
        twins.cpu.attentionBackward(spec, dOut.actual(), qkv.actual(), saved.actual(), dQkv.actual());
        twins.scalar.attentionBackward(spec, dOut.expected(), qkv.expected(), saved.expected(), dQkv.expected());

        out.assertClose("out", TOLERANCE);
        dQkv.assertClose("dQkv", TOLERANCE);
    }
}
