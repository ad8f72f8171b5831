package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.link.RankExchanges;
import io.stagecraft.stages.schedule.GPipeSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.LinkReceiver;
import io.stagecraft.transport.LinkSender;
import io.stagecraft.transport.Transport;
import io.stagecraft.transport.WaitStyle;
import io.stagecraft.transport.exchange.Exchange;
import io.stagecraft.transport.exchange.LocalExchange;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/// The comparison of layouts is worth something only if mistakes turn it red: each test plants one and sees
/// the losses or norms leave the tolerance of [LayoutEquivalenceTest].
class PlantedMistakesTest {
    private static final double TOLERANCE = 1e-8;

    @Test
    void shouldSeeAnAllReduceOverTheTensorRanksLeftOut() {
        assertThat(deviation(
                        2,
                        1,
                        1,
                        ports -> withTensorExchange(
                                ports, new DeafExchange(ports.exchanges().tensor()))))
                .isGreaterThan(1000 * TOLERANCE);
        assertThat(deviation(2, 1, 1, Function.identity())).isLessThan(TOLERANCE);
    }

    @Test
    void shouldSeeTheSumOverReplicasLeftOut() {
        assertThat(deviation(1, 1, 2, PlantedMistakesTest::aloneOnTheDataAxis)).isGreaterThan(1000 * TOLERANCE);
        assertThat(deviation(1, 1, 2, Function.identity())).isLessThan(TOLERANCE);
    }

    @Test
    void shouldSeeTheSumOfTheTiedGradientsLeftOut() {
        assertThat(deviation(1, 2, 1, PlantedMistakesTest::aloneOnTheEmbedding)).isGreaterThan(1000 * TOLERANCE);
    }

    @Test
    void shouldSeeTwoStagesSwapped() {
        assertThat(deviation(1, 4, 1, ports -> withTransport(ports, new CrossedLinks(ports.transport()))))
                .isGreaterThan(1000 * TOLERANCE);
        assertThat(deviation(1, 4, 1, Function.identity())).isZero();
    }

    /// Largest relative deviation of losses and norms of three steps from those of one rank.
    private static double deviation(int tensor, int pipeline, int data, Function<RankPorts, RankPorts> mistake) {
        List<TestRun.Outcome> expected = train(1, 1, 1, Function.identity());
        List<TestRun.Outcome> actual = train(tensor, pipeline, data, mistake);
        double largest = 0;
        for (int i = 0; i < expected.size(); i++) {
            largest = Math.max(
                    largest, relative(expected.get(i).loss(), actual.get(i).loss()));
            largest = Math.max(
                    largest,
                    relative(expected.get(i).gradientNorm(), actual.get(i).gradientNorm()));
        }
        return largest;
    }

    private static double relative(double expected, double actual) {
        return Math.abs(actual - expected) / expected;
    }

    private static List<TestRun.Outcome> train(
            int tensor, int pipeline, int data, Function<RankPorts, RankPorts> mistake) {
        // all forwards first: crossed links would stop other schedules instead of spoiling their result
        var spec =
                TinyModel.spec(TinyModel.config(4), new ParallelTopology(tensor, pipeline, data), new GPipeSchedule());
        try (var run = new TestRun(spec, () -> new ScalarBackend(DType.FLOAT64), TinyModel.counting(), mistake)) {
            return run.train(3, 0.01);
        }
    }

    private static RankPorts withTensorExchange(RankPorts ports, Exchange tensor) {
        RankExchanges right = ports.exchanges();
        return withExchanges(ports, new RankExchanges(tensor, right.data(), right.embedding()));
    }

    private static RankPorts aloneOnTheDataAxis(RankPorts ports) {
        RankExchanges right = ports.exchanges();
        return withExchanges(ports, new RankExchanges(right.tensor(), alone(), right.embedding()));
    }

    private static RankPorts aloneOnTheEmbedding(RankPorts ports) {
        RankExchanges right = ports.exchanges();
        return withExchanges(ports, new RankExchanges(right.tensor(), right.data(), alone()));
    }

    private static Exchange alone() {
        return LocalExchange.group(1, new AbortSignal(), WaitStyle.PARK).getFirst();
    }

    private static RankPorts withExchanges(RankPorts ports, RankExchanges exchanges) {
        return new RankPorts(
                ports.backend(),
                ports.transport(),
                exchanges,
                ports.training(),
                ports.validation(),
                ports.signal(),
                ports.waitStyle(),
                ports.onArrival());
    }

    private static RankPorts withTransport(RankPorts ports, Transport transport) {
        return new RankPorts(
                ports.backend(),
                transport,
                ports.exchanges(),
                ports.training(),
                ports.validation(),
                ports.signal(),
                ports.waitStyle(),
                ports.onArrival());
    }

    /// Keeps time with its peers but never hears what they offer: a sum over it is this rank's own part.
    private record DeafExchange(Exchange right) implements Exchange {
        @Override
        public int rank() {
            return right.rank();
        }

        @Override
        public int size() {
            return right.size();
        }

        @Override
        public void share(MemorySegment mine, long[] from, long[] to, MemorySegment[] views) {
            right.share(mine, from, to, views);
            for (int p = 0; p < size(); p++) {
                if (p != rank()) {
                    views[p] = MemorySegment.ofArray(new double[(int) (mine.byteSize() / Double.BYTES)]);
                }
            }
        }

        @Override
        public void release() {
            right.release();
        }

        @Override
        public void barrier() {
            right.barrier();
        }
    }

    /// Wires four stages in the order 0, 2, 1, 3. Link indices of one replica and one tensor rank are
    /// 2 x boundary for forward and 2 x boundary + 1 for backward.
    private record CrossedLinks(Transport right) implements Transport {
        private static final Map<Integer, Integer> RECEIVES_FROM = Map.of(0, 4, 2, 0, 4, 2, 1, 3, 3, 5, 5, 1);

        @Override
        public LinkSender openSender(LinkId link, long maxMessageBytes) {
            return right.openSender(link, maxMessageBytes);
        }

        @Override
        public LinkReceiver openReceiver(LinkId link, List<MemorySegment> buffers, Runnable onArrival) {
            var crossed = new LinkId(RECEIVES_FROM.get(link.index()), "crossed: " + link.description());
            return right.openReceiver(crossed, buffers, onArrival);
        }

        @Override
        public String describe() {
            return "crossed: " + right.describe();
        }

        @Override
        public long mappedBytes() {
            return right.mappedBytes();
        }

        @Override
        public void close() {
            right.close();
        }
    }
}
