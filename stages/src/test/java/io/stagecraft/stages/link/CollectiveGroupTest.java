package io.stagecraft.stages.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.testing.Ranks;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.AbortedException;
import io.stagecraft.transport.WaitStyle;
import io.stagecraft.transport.exchange.Exchange;
import io.stagecraft.transport.exchange.LocalExchange;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CollectiveGroupTest {
    private static final int SHORT = 37;
    private static final int LONG = 8195;

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void shouldSumInAscendingRankOrderBitwiseEqualOnAllRanks(int size) {
        for (int n : new int[] {1, SHORT, LONG}) {
            double[] expected = values(0, n); // oracle: a plain loop over ranks
            for (int rank = 1; rank < size; rank++) {
                double[] part = values(rank, n);
                for (int i = 0; i < n; i++) {
                    expected[i] += part[i];
                }
            }
            List<double[]> results = onRanks(size, n, CollectiveGroup::allReduceSum);
            assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(expected));
        }
    }

    @Test
    void shouldTakeTheMaximumOnAllRanks() {
        double[] a = values(0, LONG);
        double[] b = values(1, LONG);
        double[] expected = new double[LONG];
        for (int i = 0; i < LONG; i++) {
            expected[i] = Math.max(a[i], b[i]);
        }
        assertThat(onRanks(2, LONG, CollectiveGroup::allReduceMax))
                .allSatisfy(result -> assertThat(result).containsExactly(expected));
    }

    @Test
    void shouldPutSlicesTogetherWhereverTheBordersLie() {
        int n = 110;
        double[] expected = new double[n];
        for (int rank = 0; rank < 3; rank++) {
            int from = (int) SliceBorders.from(n, rank, 3);
            int to = (int) SliceBorders.from(n, rank + 1, 3);
            System.arraycopy(values(rank, n), from, expected, from, to - from);
        }
        assertThat(onRanks(3, n, CollectiveGroup::gatherSlices))
                .allSatisfy(result -> assertThat(result).containsExactly(expected));
    }

    @Test
    void shouldGatherEqualPieces() {
        int piece = 5;
        double[] expected = new double[2 * piece];
        System.arraycopy(values(0, 2 * piece), 0, expected, 0, piece);
        System.arraycopy(values(1, 2 * piece), 0, expected, piece, piece);
        List<double[]> results = onRanks(2, 2 * piece, (group, x) -> {
            // a rank's piece starts where its values start
            if (group.rank() == 1) {
                try (Backend backend = new ScalarBackend(DType.FLOAT64);
                        Storage other = backend.allocate(piece * 8L)) {
                    var slice = new Tensor(other, 0, Shape.of(piece), DType.FLOAT64);
                    backend.copy(x.slice(0, piece), slice);
                    group.allGather(slice, x);
                }
            } else {
                group.allGather(x.slice(0, piece), x);
            }
        });
        assertThat(results).allSatisfy(result -> assertThat(result).containsExactly(expected));
    }

    @Test
    void shouldEndTheWaitForAPeerThatNeverComes() {
        var signal = new AbortSignal();
        List<Exchange> exchanges = LocalExchange.group(2, signal, WaitStyle.PARK);
        Ranks.run(2, rank -> {
            if (rank == 1) {
                signal.abort("rank 1 has failed");
                return;
            }
            try (Backend backend = new ScalarBackend(DType.FLOAT64);
                    Storage storage = backend.allocate(128)) {
                CollectiveGroup group = CollectiveGroup.of(exchanges.get(0), backend);
                var x = new Tensor(storage, 0, Shape.of(16), DType.FLOAT64);
                assertThatThrownBy(() -> group.allReduceSum(x))
                        .isInstanceOf(AbortedException.class)
                        .hasMessageContaining("rank 1 has failed");
            }
        });
    }

    private interface Collective {
        void run(CollectiveGroup group, Tensor x);
    }

    private static List<double[]> onRanks(int size, int n, Collective collective) {
        List<Exchange> exchanges = LocalExchange.group(size, new AbortSignal(), WaitStyle.PARK);
        return Ranks.call(size, rank -> {
            try (Backend backend = new ScalarBackend(DType.FLOAT64);
                    Storage storage = backend.allocate(8L * n)) {
                CollectiveGroup group = CollectiveGroup.of(exchanges.get(rank), backend);
                var x = new Tensor(storage, 0, Shape.of(n), DType.FLOAT64);
                backend.write(MemorySegment.ofArray(values(rank, n)), x);
                collective.run(group, x);
                return backend.readable(x).toArray(ValueLayout.JAVA_DOUBLE);
            }
        });
    }

    private static double[] values(int rank, int n) {
        var random = new SplittableRandom(100 + rank);
        double[] values = new double[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextGaussian();
        }
        return values;
    }
}
