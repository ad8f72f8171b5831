package io.stagecraft.model.backend.cpu;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.AttentionMask;
import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.random.Philox;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
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

    private static final int NO_DOCUMENTS = 0;

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
        "1, 130, 1, 8, 0",
        "1, 300, 1, 8, 6554",
        "1, 512, 1, 4, 0"
    })
    void shouldAttendAndDifferentiateAsTheOracle(int numSequences, int positions, int heads, int size, int threshold) {
        Dropout dropout = new Dropout(threshold, Philox.key(3, "attention"), 41, positions);
        check(new AttentionSpec(numSequences, positions, heads, size, 2, 1 / Math.sqrt(size), dropout), NO_DOCUMENTS);
    }

    /// Documents of up to `longest` positions, which begin at other places in every sequence.
    @ParameterizedTest
    @CsvSource({
        "2, 7, 3, 5, 0, 3",
        "1, 33, 2, 33, 6554, 9",
        "3, 65, 1, 4, 32768, 17",
        "2, 130, 1, 7, 6554, 70",
        "2, 130, 2, 8, 0, 1",
        "1, 300, 1, 4, 6554, 270"
    })
    void shouldAttendAndDifferentiateWithinDocumentsAsTheOracle(
            int numSequences, int positions, int heads, int size, int threshold, int longest) {
        Dropout dropout = new Dropout(threshold, Philox.key(3, "attention"), 41, positions);
        check(new AttentionSpec(numSequences, positions, heads, size, 2, 1 / Math.sqrt(size), dropout), longest);
    }

    @Test
    void shouldRefuseADocumentThatStartsBehindItsRow() {
        Twin starts = twins.ints(0, 2, 0);
        AttentionSpec spec =
                new AttentionSpec(1, 3, 1, 2, 0, 1, Dropout.none(), new AttentionMask.Documents(starts.actual()));
        Twin qkv = twins.random(Shape.of(3, 6));
        Twin saved = twins.random(twins.cpu.attentionSavedShape(spec));
        Twin out = twins.random(Shape.of(3, 2));

        assertThatThrownBy(() -> twins.cpu.attention(spec, qkv.actual(), saved.actual(), out.actual()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("row 1")
                .hasMessageContaining("starts at 2");
    }

    private static int[] starts(int numSequences, int positions, int longest) {
        int[] starts = new int[numSequences * positions];
        for (int row = 0; row < starts.length; row++) {
            int position = row % positions;
            boolean begins = (position + row / positions) % longest == 0;
            starts[row] = position == 0 ? 0 : begins ? position : starts[row - 1];
        }
        return starts;
    }

    private static AttentionSpec masked(AttentionSpec spec, Tensor starts) {
        return new AttentionSpec(
                spec.numSequences(),
                spec.numPositions(),
                spec.numHeads(),
                spec.headSize(),
                spec.firstHead(),
                spec.scale(),
                spec.dropout(),
                new AttentionMask.Documents(starts));
    }

    private void check(AttentionSpec causal, int longest) {
        AttentionSpec spec = causal;
        AttentionSpec expectedSpec = causal;
        if (longest != NO_DOCUMENTS) {
            Twin starts = twins.ints(starts(causal.numSequences(), causal.numPositions(), longest));
            spec = masked(causal, starts.actual());
            expectedSpec = masked(causal, starts.expected());
        }
        int heads = spec.numHeads();
        int size = spec.headSize();
        long rows = spec.rows();
        Twin qkv = twins.random(Shape.of(rows, 3L * heads * size));
        Twin saved = twins.random(twins.cpu.attentionSavedShape(spec));
        Twin out = twins.random(Shape.of(rows, (long) heads * size));
        Twin dOut = twins.random(Shape.of(rows, (long) heads * size));
        Twin dQkv = twins.random(Shape.of(rows, 3L * heads * size));

        twins.cpu.attention(spec, qkv.actual(), saved.actual(), out.actual());
        twins.scalar.attention(expectedSpec, qkv.expected(), saved.expected(), out.expected());
        twins.cpu.attentionBackward(spec, dOut.actual(), qkv.actual(), saved.actual(), dQkv.actual());
        twins.scalar.attentionBackward(
                expectedSpec, dOut.expected(), qkv.expected(), saved.expected(), dQkv.expected());

        out.assertClose("out", TOLERANCE);
        dQkv.assertClose("dQkv", TOLERANCE);
    }
}
