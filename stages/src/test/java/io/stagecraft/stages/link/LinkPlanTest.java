package io.stagecraft.stages.link;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.GPipeSchedule;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.LinkId;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinkPlanTest {
    private static final ParallelTopology TOPOLOGY = new ParallelTopology(2, 3, 2);
    private final LinkPlan plan = LinkPlan.of(TOPOLOGY, new OneForwardOneBackwardSchedule(), 8, 1000, DType.FLOAT32);

    @Test
    void shouldNumberAllLinksDenselyAndOnce() {
        List<LinkId> links = plan.all();
        assertThat(links).hasSize(2 * 2 * 2 * 2); // replicas x boundaries x directions x tensor ranks
        assertThat(links).extracting(LinkId::index).isSorted().startsWith(0).endsWith(links.size() - 1);
        assertThat(new HashSet<>(links)).hasSize(links.size());
    }

    @Test
    void shouldGiveBothEndsTheSameLink() {
        assertThat(plan.all()).contains(plan.forward(1, 1, 0), plan.backward(1, 1, 0));
        assertThat(plan.forward(1, 1, 0).description())
                .isEqualTo("replica 1: stage 1 -> stage 2 forward, tensor rank 0");
    }

    @Test
    void shouldTakeOneBufferMoreThanTheStageReadsAtOneTime() {
        // microbatches in flight on stages 1 and 2; gradients are let go as soon as they are used
        assertThat(plan.forwardCredits()).containsExactly(2 + 1, 1 + 1);
        assertThat(plan.backwardCredits()).containsExactly(1 + 1, 1 + 1);
        // middle stage: whole activations and a block of 16 elements for the place of the slice, in cache lines
        assertThat(plan.receiveBytes(new RankCoordinate(0, 1, 0))).isEqualTo((3 + 2) * 1024 * 4);
    }

    @Test
    void shouldTakeNoMoreBuffersThanThereAreMicrobatches() {
        LinkPlan gpipe = LinkPlan.of(TOPOLOGY, new GPipeSchedule(), 64, 1000, DType.FLOAT32);
        assertThat(gpipe.forwardCredits()).allMatch(credits -> credits == 64);
    }

    @Test
    void shouldRefuseABoundaryBeyondTheLastStage() {
        assertThatThrownBy(() -> plan.forward(2, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
