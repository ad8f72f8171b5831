package io.stagecraft.stages.link;

import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.ActionCosts;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.schedule.ScheduleReport;
import io.stagecraft.stages.schedule.ScheduleValidator;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.LinkId;
import java.util.ArrayList;
import java.util.List;

/// All links of a run: for each stage boundary, replica and tensor rank one that carries
/// activations forward and one that carries gradients backward. Each tensor rank sends its slice of
/// the flattened activation to the rank of the same number; the receivers gather the slices among
/// themselves (Megatron-LM). Both ends compute the same plan from the same configuration.
///
/// @param topology extents of the three axes
/// @param maxElements elements of the largest activation that crosses a boundary
/// @param dtype type of the elements
/// @param forwardCredits receive buffers of the forward links, for each boundary
/// @param backwardCredits receive buffers of the backward links, for each boundary
public record LinkPlan(
        ParallelTopology topology,
        long maxElements,
        DType dtype,
        List<Integer> forwardCredits,
        List<Integer> backwardCredits) {
    /// Receive buffers of one link beside those that a stage reads at one time: one activation
    /// arrives while it works. A sender that is further ahead waits, which the validator has proved
    /// harmless.
    private static final int SPARE_CREDITS = 1;

    public LinkPlan {
        forwardCredits = List.copyOf(forwardCredits);
        backwardCredits = List.copyOf(backwardCredits);
        if (forwardCredits.size() != topology.pipelineSize() - 1 || backwardCredits.size() != forwardCredits.size()) {
            throw new IllegalArgumentException("expected credits for " + (topology.pipelineSize() - 1)
                    + " boundaries, got " + forwardCredits + " and " + backwardCredits);
        }
    }

    /// The plan for `schedule`, after proving that it ends with this plan's receive buffers.
    ///
    /// - Errors: [io.stagecraft.stages.schedule.InvalidScheduleException].
    public static LinkPlan of(
            ParallelTopology topology, PipelineSchedule schedule, int numMicrobatches, long maxElements, DType dtype) {
        ScheduleReport report = ScheduleValidator.validate(
                schedule.allActions(topology.pipelineSize(), numMicrobatches),
                numMicrobatches,
                ActionCosts.unit(),
                SPARE_CREDITS);
        return new LinkPlan(topology, maxElements, dtype, report.forwardCredits(), report.backwardCredits());
    }

    /// The link from `boundary` to `boundary + 1`.
    public LinkId forward(int boundary, int dataRank, int tensorRank) {
        return link(boundary, 0, dataRank, tensorRank);
    }

    /// The link from `boundary + 1` to `boundary`.
    public LinkId backward(int boundary, int dataRank, int tensorRank) {
        return link(boundary, 1, dataRank, tensorRank);
    }

    /// All links in ascending order of their index.
    public List<LinkId> all() {
        var links = new ArrayList<LinkId>();
        for (int replica = 0; replica < topology.dataSize(); replica++) {
            for (int boundary = 0; boundary < topology.pipelineSize() - 1; boundary++) {
                for (int direction = 0; direction < 2; direction++) {
                    for (int rank = 0; rank < topology.tensorSize(); rank++) {
                        links.add(link(boundary, direction, replica, rank));
                    }
                }
            }
        }
        return List.copyOf(links);
    }

    /// Bytes of the largest message of one link.
    public long maxMessageBytes() {
        return SliceBorders.longest(maxElements, topology.tensorSize()) * dtype.sizeBytes();
    }

    /// Bytes of all receive buffers of one rank, each for a whole activation.
    public long receiveBytes(RankCoordinate rank) {
        long buffers = 0;
        if (rank.stage() > 0) {
            buffers += forwardCredits.get(rank.stage() - 1);
        }
        if (rank.stage() < topology.pipelineSize() - 1) {
            buffers += backwardCredits.get(rank.stage());
        }
        return buffers
                * new ReceiveTensors.Extent(maxElements, dtype, rank.tensorRank(), topology.tensorSize()).bufferBytes();
    }

    private LinkId link(int boundary, int direction, int dataRank, int tensorRank) {
        int numBoundaries = topology.pipelineSize() - 1;
        if (boundary < 0 || boundary >= numBoundaries) {
            throw new IllegalArgumentException(
                    "boundary must be in [0, " + numBoundaries + ") but is " + boundary + " of " + topology);
        }
        int index = ((dataRank * numBoundaries + boundary) * 2 + direction) * topology.tensorSize() + tensorRank;
        String way = direction == 0
                ? "stage " + boundary + " -> stage " + (boundary + 1) + " forward"
                : "stage " + (boundary + 1) + " -> stage " + boundary + " backward";
        return new LinkId(index, "replica " + dataRank + ": " + way + ", tensor rank " + tensorRank);
    }
}
