package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.VocabShard;
import io.stagecraft.model.tensor.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Embedding and cross-entropy against the scalar backend.
class CpuVocabularyTest {
    private static final double ULP = Math.pow(2, -24);
    private static final long FIRST = 10;

    private final Twins twins = new Twins();

    @AfterEach
    void close() {
        twins.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33})
    void shouldGatherItsOwnRowsAndZerosElsewhere(int columns) {
        Twin ids = twins.ints(9, 10, 14, 15, 12);
        Twin table = twins.random(Shape.of(5, columns));
        Twin out = twins.random(Shape.of(5, columns));

        twins.cpu.embedding(ids.actual(), table.actual(), FIRST, out.actual());
        twins.scalar.embedding(ids.expected(), table.expected(), FIRST, out.expected());

        out.assertEqual("embedding");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33})
    void shouldAddGradientsToItsOwnRows(int columns) {
        Twin ids = twins.ints(9, 10, 14, 10, 10);
        Twin dTable = twins.random(Shape.of(5, columns));
        Twin dOut = twins.random(Shape.of(5, columns));

        twins.cpu.embeddingBackward(dOut.actual(), ids.actual(), FIRST, dTable.actual());
        twins.scalar.embeddingBackward(dOut.expected(), ids.expected(), FIRST, dTable.expected());

        // three additions of values below 8
        dTable.assertClose("embeddingBackward", 3 * 8 * ULP);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 8, 9, 17, 33, 100})
    void shouldComputeItsPartOfTheCrossEntropy(int columns) {
        int rows = 4;
        Twin logits = twins.of(Shape.of(rows, columns), i -> 5 * Math.sin(i * 1.7));
        Twin targets = twins.ints(10, 9, 10 + columns - 1, 10 + columns);
        Twin max = twins.random(Shape.of(rows));
        Twin target = twins.random(Shape.of(rows));
        Twin sumExp = twins.random(Shape.of(rows));
        Twin weight = twins.positive(Shape.of(rows));
        Twin loss = twins.sum(0.75);
        VocabShard actual = new VocabShard(logits.actual(), targets.actual(), FIRST);
        VocabShard expected = new VocabShard(logits.expected(), targets.expected(), FIRST);

        twins.cpu.rowMax(logits.actual(), max.actual());
        twins.scalar.rowMax(logits.expected(), max.expected());
        max.assertEqual("rowMax");
        twins.cpu.softmaxShard(actual, max.actual(), target.actual(), sumExp.actual());
        twins.scalar.softmaxShard(expected, max.expected(), target.expected(), sumExp.expected());
        target.assertClose("targetLogit", ULP);
        // the argument, at most 10, is rounded before the exponential, which adds one ulp of its own
        logits.assertClose("exponentials", 12 * ULP);
        // up to 100 of them, relative to the sum
        sumExp.assertClose("sumExp", 100 * 12 * ULP);
        twins.cpu.addCrossEntropy(target.actual(), sumExp.actual(), weight.actual(), loss.actual());
        twins.scalar.addCrossEntropy(target.expected(), sumExp.expected(), weight.expected(), loss.expected());
        // four rows with the relative error of sumExp
        loss.assertClose("loss", 4 * 100 * 12 * ULP);
        twins.cpu.crossEntropyBackward(actual, sumExp.actual(), weight.actual(), 0.125);
        twins.scalar.crossEntropyBackward(expected, sumExp.expected(), weight.expected(), 0.125);
        logits.assertClose("dLogits", 100 * 12 * ULP);
    }
}
