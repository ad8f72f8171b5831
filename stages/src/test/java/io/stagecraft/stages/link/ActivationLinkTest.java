package io.stagecraft.stages.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.model.tensor.Shape;
import io.stagecraft.model.tensor.Storage;
import io.stagecraft.model.tensor.Tensor;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.Ranks;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.LoopbackTransport;
import io.stagecraft.transport.WaitStyle;
import io.stagecraft.transport.Waiter;
import io.stagecraft.transport.exchange.Exchange;
import io.stagecraft.transport.exchange.LocalExchange;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Two tensor ranks; each sends to itself over a loopback link of two buffers.
class ActivationLinkTest {
    private static final int ELEMENTS = 3 * 37; // no multiple of ranks or cache lines

    private static final Shape SHAPE = Shape.of(3, 37);

    private record End(Backend backend, Tensor out, ActivationSender sender, ActivationReceiver receiver) {}

    private interface Program {
        void run(End end, int rank);
    }

    @Test
    void shouldMakeTheWholeActivationFromTheSlicesOfAllRanks() {
        double[] expected = IntStream.range(0, ELEMENTS).mapToDouble(i -> i).toArray();
        onTwoRanks((end, _) -> {
            end.backend().write(MemorySegment.ofArray(expected), end.out());
            end.sender().send(7, 3, end.out());
            ActivationReceiver.Arrival arrival = end.receiver().receive(7, 3, SHAPE);
            assertThat(end.backend().readable(arrival.x()).toArray(ValueLayout.JAVA_DOUBLE))
                    .containsExactly(expected);
        });
    }

    @Test
    void shouldRefuseAMessageOfAnotherMicrobatch() {
        onTwoRanks((end, _) -> {
            end.sender().send(7, 3, end.out());
            assertThatThrownBy(() -> end.receiver().receive(7, 4, SHAPE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected step 7, microbatch 4, got step 7, microbatch 3");
        });
    }

    @Test
    void shouldRefuseAMessageOfAnotherLength() {
        onTwoRanks((end, rank) -> {
            end.sender().send(7, 3, end.out().slice(0, 64));
            assertThatThrownBy(() -> end.receiver().receive(7, 3, SHAPE))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("expected " + (rank == 0 ? 512 : 376) + " bytes, got 256");
        });
    }

    @Test
    void shouldGiveTheLeaseBackAlsoWhenTheMessageIsRefused() {
        onTwoRanks((end, _) -> {
            for (int microbatch = 0; microbatch < 5; microbatch++) { // more than the link has buffers
                int sent = microbatch;
                end.sender().send(7, sent, end.out());
                assertThatThrownBy(() -> end.receiver().receive(8, sent, SHAPE))
                        .isInstanceOf(IllegalStateException.class);
            }
        });
    }

    @Test
    void shouldReadActivationsWhereTheyArriveUntilTheyAreReleased() {
        double[] first = IntStream.range(0, ELEMENTS).mapToDouble(i -> i).toArray();
        double[] second = IntStream.range(0, ELEMENTS).mapToDouble(i -> -i).toArray();
        onTwoRanks((end, _) -> {
            end.backend().write(MemorySegment.ofArray(first), end.out());
            end.sender().send(7, 0, end.out());
            ActivationReceiver.Arrival kept = end.receiver().receive(7, 0, SHAPE);
            for (int microbatch = 1; microbatch < 5; microbatch++) { // more than the link has buffers
                end.backend().write(MemorySegment.ofArray(second), end.out());
                end.sender().send(7, microbatch, end.out());
                end.receiver().receive(7, microbatch, SHAPE).release();
            }
            assertThat(end.backend().readable(kept.x()).toArray(ValueLayout.JAVA_DOUBLE))
                    .containsExactly(first);
        });
    }

    private static void onTwoRanks(Program program) {
        var signal = new AbortSignal();
        var plan = LinkPlan.of(
                new ParallelTopology(2, 2, 1), new OneForwardOneBackwardSchedule(), 2, ELEMENTS, DType.FLOAT64);
        List<Exchange> exchanges = LocalExchange.group(2, signal, WaitStyle.PARK);
        try (var transport = new LoopbackTransport()) {
            Ranks.run(2, rank -> {
                var link = new LinkId(rank, "to itself, rank " + rank);
                var backend = new ScalarBackend(DType.FLOAT64);
                CollectiveGroup group = CollectiveGroup.of(exchanges.get(rank), backend);
                try (backend;
                        Storage storage = backend.allocate((long) ELEMENTS * Double.BYTES);
                        var tensors = ReceiveTensors.allocate(backend, plan, 2, group);
                        var receiver = new ActivationReceiver(
                                transport.openReceiver(link, tensors.windows(), () -> {}), tensors, group);
                        var sender = new ActivationSender(
                                backend, transport.openSender(link, 1024), new Waiter(signal, WaitStyle.PARK), group)) {
                    var out = new Tensor(storage, 0, SHAPE, DType.FLOAT64);
                    program.run(new End(backend, out, sender, receiver), rank);
                }
            });
        }
    }
}
