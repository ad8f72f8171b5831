package io.stagecraft.tests.benchmark;

import io.stagecraft.stages.topology.ParallelTopology;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How our side spreads a step: `tensor x pipeline x data / microbatches`, written `2x1x1` or
/// `1x2x1/4`.
///
/// @param topology extents of the three axes
/// @param microbatches of one replica in a step, >= 1
public record Layout(ParallelTopology topology, int microbatches) {
    private static final Pattern FORM = Pattern.compile("(\\d+)x(\\d+)x(\\d+)(?:/(\\d+))?");

    /// Microbatches where there are several stages and none are given: 2 stages then idle a fifth
    /// of the time.
    private static final int DEFAULT_PIPELINED_MICROBATCHES = 4;

    public Layout {
        if (microbatches < 1) {
            throw new IllegalArgumentException("a layout needs at least 1 microbatch but has " + microbatches);
        }
    }

    /// Reads the written form.
    ///
    /// - Errors: [IllegalArgumentException] if `text` has another form or an extent below 1.
    public static Layout parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "a layout is TENSORxPIPELINExDATA or TENSORxPIPELINExDATA/MICROBATCHES, for example 2x1x1 or"
                            + " 1x2x1/4, but got '" + text + "'");
        }
        ParallelTopology topology = new ParallelTopology(
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)));
        boolean given = matcher.start(4) >= 0;
        int whenNotGiven = topology.pipelineSize() > 1 ? DEFAULT_PIPELINED_MICROBATCHES : 1;
        return new Layout(topology, given ? Integer.parseInt(matcher.group(4)) : whenNotGiven);
    }

    /// Sequences of one microbatch on one replica.
    ///
    /// - Errors: [IllegalArgumentException] if the workload's batch does not divide.
    public int microBatchSize(Workload workload) {
        int parts = topology.dataSize() * microbatches;
        if (workload.batch() % parts != 0) {
            throw new IllegalArgumentException("layout " + this + " cuts a step into " + parts
                    + " parts, but the batch of " + workload + " is " + workload.batch() + " sequences");
        }
        return workload.batch() / parts;
    }

    /// The written form, always with microbatches.
    @Override
    public String toString() {
        return "%dx%dx%d/%d"
                .formatted(topology.tensorSize(), topology.pipelineSize(), topology.dataSize(), microbatches);
    }
}
