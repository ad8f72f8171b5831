package io.stagecraft.stages.schedule;

import java.util.List;
import java.util.stream.IntStream;

/// What each stage does in one step, as a list: a pure function of stage, number of stages and
/// number of microbatches. A runner walks the list and never reorders it, it only waits; so
/// tensor-parallel peers, whose lists are equal, meet in every collective in the same order.
///
/// Weight gradients are added in ascending order of microbatches, so that every schedule gives the
/// same bits.
public interface PipelineSchedule {
    /// Name for configuration and tables.
    String name();

    /// The immutable list of `stage`.
    ///
    /// - Errors: [IllegalArgumentException] if there is no such stage or no microbatch.
    List<StageAction> actions(int stage, int numStages, int numMicrobatches);

    /// The most microbatches whose activations `stage` holds at one time.
    default int maxInFlight(int stage, int numStages, int numMicrobatches) {
        return InFlight.most(actions(stage, numStages, numMicrobatches));
    }

    /// Lists of all stages.
    default List<List<StageAction>> allActions(int numStages, int numMicrobatches) {
        return IntStream.range(0, numStages)
                .mapToObj(stage -> actions(stage, numStages, numMicrobatches))
                .toList();
    }

    /// The schedule drawn over time, one line a stage, one column a unit of time, for forward = 1
    /// and backward = 2 (1 for each of its halves).
    default String diagram(int numStages, int numMicrobatches) {
        return ScheduleDiagram.draw(allActions(numStages, numMicrobatches));
    }

    /// Checks the arguments of [#actions].
    static void check(int stage, int numStages, int numMicrobatches) {
        if (numStages < 1 || stage < 0 || stage >= numStages || numMicrobatches < 1) {
            throw new IllegalArgumentException(
                    "no such list: stage " + stage + " of " + numStages + ", " + numMicrobatches + " microbatches");
        }
    }
}
