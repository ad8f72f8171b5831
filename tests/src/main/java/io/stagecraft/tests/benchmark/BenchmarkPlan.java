package io.stagecraft.tests.benchmark;

import java.nio.file.Path;
import java.util.List;

/// What to compare, and how often.
///
/// @param workloads what both sides train
/// @param layouts of our side, each compared on its own
/// @param blas libraries of the peer to choose the fastest from
/// @param rounds pairs of runs for each workload and layout, >= 1
/// @param directory where logs and the report go
record BenchmarkPlan(List<Workload> workloads, List<Layout> layouts, List<Blas> blas, int rounds, Path directory) {
    BenchmarkPlan {
        workloads = List.copyOf(workloads);
        layouts = List.copyOf(layouts);
        blas = List.copyOf(blas);
        if (workloads.isEmpty() || layouts.isEmpty() || blas.isEmpty() || rounds < 1) {
            throw new IllegalArgumentException("a benchmark needs workloads, layouts, a BLAS and a round but has "
                    + workloads + ", " + layouts + ", " + blas + ", " + rounds);
        }
        for (Workload workload : workloads) {
            layouts.forEach(layout -> layout.microBatchSize(workload));
        }
    }
}
