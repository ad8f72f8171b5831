package io.stagecraft.stages.plan;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.stages.link.LinkPlan;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.StageMemory;
import io.stagecraft.stages.schedule.ActionCosts;
import io.stagecraft.stages.schedule.ScheduleReport;
import io.stagecraft.stages.schedule.ScheduleValidator;
import io.stagecraft.stages.topology.LayerAssignment;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.util.ArrayList;
import java.util.List;

/// What a layout needs, stage by stage, found without running it: the layers run once on a backend
/// that only measures, the schedule on a simulation.
///
/// @param topology extents of the three axes
/// @param stages in order
/// @param schedule what the schedule costs; its bubble is for equal stages, forward 1 and backward
///     2
public record LayoutPlan(ParallelTopology topology, List<StagePlan> stages, ScheduleReport schedule) {
    public LayoutPlan {
        stages = List.copyOf(stages);
    }

    /// The plan of the run that `spec` is a rank of. `backend` says the type of elements and what
    /// attention saves; it computes nothing.
    ///
    /// - Errors: [IllegalArgumentException] if the model does not divide,
    ///   [io.stagecraft.stages.schedule.InvalidScheduleException] if the schedule does not end.
    public static LayoutPlan of(RankSpec spec, Backend backend) {
        ParallelTopology topology = spec.topology();
        ScheduleReport schedule = ScheduleValidator.validate(
                spec.schedule(), topology.pipelineSize(), spec.numMicrobatches(), ActionCosts.unit());
        LinkPlan links = spec.links(backend.dtype());
        var layers = new LayerAssignment(spec.model().numLayers(), topology.pipelineSize());
        var stages = new ArrayList<StagePlan>();
        for (int stage = 0; stage < topology.pipelineSize(); stage++) {
            RankSpec rank = spec.at(new RankCoordinate(0, stage, 0));
            StageMemory memory = StageMemory.measure(rank, backend);
            stages.add(new StagePlan(
                    stage,
                    layers.firstLayer(stage),
                    layers.layersOf(stage),
                    topology.tensorSize() * topology.dataSize(),
                    memory.numParameters(),
                    rank.maxInFlight(),
                    new StagePlan.RankMemory(
                            memory.parameters().weightBytes(),
                            memory.parameters().gradientBytes(),
                            memory.parameters().momentBytes(),
                            memory.activationBytes(rank.maxInFlight()),
                            links.receiveBytes(rank.coordinate()))));
        }
        return new LayoutPlan(topology, stages, schedule);
    }

    /// Parameters of the model, padding of the vocabulary included.
    public long numParameters() {
        return stages.stream().mapToLong(StagePlan::numParameters).sum();
    }

    /// Memory of all ranks together: what one JVM needs off-heap if it holds all of them.
    public long totalBytes() {
        return stages.stream().mapToLong(StagePlan::totalBytes).sum();
    }
}
