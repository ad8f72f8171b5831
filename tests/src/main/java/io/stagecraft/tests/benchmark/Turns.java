package io.stagecraft.tests.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Runs both sides in turns: peer, ours, peer, ours, ..., never two at once.
///
/// @param plan what to compare
/// @param peer starts PyTorch
/// @param ours starts Stagecraft
/// @param progress one line a run
record Turns(BenchmarkPlan plan, PeerSide peer, OurSide ours, PrintStream progress) {
    /// All comparisons of `workload`, one a layout. Within a round the layouts follow each other, so that a
    /// slow quarter of an hour hits all of them.
    List<Comparison> compare(Workload workload) throws IOException, InterruptedException {
        Blas blas = fastestBlas(workload);
        List<List<Measurement>> theirs = emptyLists();
        List<List<Measurement>> own = emptyLists();
        for (int round = 1; round <= plan.rounds(); round++) {
            for (int i = 0; i < plan.layouts().size(); i++) {
                Layout layout = plan.layouts().get(i);
                String place = workload + " round " + round + " of " + plan.rounds();
                theirs.get(i).add(run(peer.process(workload, blas), workload, place + ", peer, " + blas));
                own.get(i).add(run(ours.process(workload, layout), workload, place + ", ours, " + layout));
            }
        }
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = 0; i < plan.layouts().size(); i++) {
            comparisons.add(new Comparison(workload, plan.layouts().get(i), blas, theirs.get(i), own.get(i)));
        }
        return List.copyOf(comparisons);
    }

    private Blas fastestBlas(Workload workload) throws IOException, InterruptedException {
        if (plan.blas().size() == 1) {
            return plan.blas().getFirst();
        }
        Map<Blas, Double> tokensPerSecond = new EnumMap<>(Blas.class);
        for (Blas blas : plan.blas()) {
            Measurement measured =
                    run(peer.process(workload, blas), workload, workload + " choosing the peer's BLAS, " + blas);
            tokensPerSecond.put(blas, measured.tokensPerSecond());
        }
        return tokensPerSecond.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    private Measurement run(BenchmarkProcess process, Workload workload, String what)
            throws IOException, InterruptedException {
        Path log =
                plan.directory().resolve(what.replaceAll("[^A-Za-z0-9]+", "-").toLowerCase(Locale.ROOT) + ".log");
        Measurement measurement = process.run(log).checkedFor(workload);
        progress.printf(Locale.ROOT, "%-48s %10.1f tokens/s%n", what, measurement.tokensPerSecond());
        return measurement;
    }

    private List<List<Measurement>> emptyLists() {
        List<List<Measurement>> lists = new ArrayList<>();
        plan.layouts().forEach(_ -> lists.add(new ArrayList<>()));
        return lists;
    }
}
