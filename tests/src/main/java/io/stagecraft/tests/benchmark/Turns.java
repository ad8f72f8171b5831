package io.stagecraft.tests.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Runs both sides in turns: peer, ours, peer, ours, ..., peer, never two at once.
///
/// @param plan what to compare
/// @param peer starts PyTorch
/// @param ours starts Stagecraft
/// @param progress one line a run
record Turns(BenchmarkPlan plan, PeerSide peer, OurSide ours, PrintStream progress) {
    /// Of each library, in turns; its fastest counts, since a machine that is disturbed is never
    /// faster for it.
    private static final int RUNS_TO_CHOOSE = 2;

    private static final String LINE = "%-52s %10.1f tokens/s%n";

    /// All comparisons of `workload`, one a layout. Within a round the layouts follow each other,
    /// so that a slow quarter of an hour hits all of them.
    List<Comparison> compare(Workload workload) throws IOException, InterruptedException {
        Blas blas = fastestBlas(workload);
        List<List<Comparison.Turn>> turns = new ArrayList<>();
        plan.layouts().forEach(_ -> turns.add(new ArrayList<>()));
        Measurement before = run(peer.process(workload, blas), workload, workload + " before round 1, peer, " + blas);
        for (int round = 1; round <= plan.rounds(); round++) {
            for (int i = 0; i < plan.layouts().size(); i++) {
                Layout layout = plan.layouts().get(i);
                String place = workload + " round " + round + " of " + plan.rounds() + ", ";
                Measurement own = run(ours.process(workload.name(), layout), workload, place + "ours, " + layout);
                Measurement after =
                        run(peer.process(workload, blas), workload, place + "peer after " + layout + ", " + blas);
                turns.get(i).add(new Comparison.Turn(before, own, after));
                before = after;
            }
        }
        List<Comparison> comparisons = new ArrayList<>();
        for (int i = 0; i < plan.layouts().size(); i++) {
            comparisons.add(new Comparison(workload, plan.layouts().get(i), blas, turns.get(i)));
        }
        return List.copyOf(comparisons);
    }

    /// Where our time goes at each layout: a run for each, compared with nobody.
    List<ProfiledLayout> profile(Workload workload) throws IOException, InterruptedException {
        List<ProfiledLayout> profiles = new ArrayList<>();
        for (Layout layout : plan.layouts()) {
            String what = workload + " profile of ours, " + layout;
            StepProfile profile = ours.profile(workload.name(), layout).run(log(what), StepProfile.class);
            progress.printf(Locale.ROOT, LINE, what, profile.measurement().tokensPerSecond());
            profiles.add(new ProfiledLayout(workload.name(), layout, profile));
        }
        return List.copyOf(profiles);
    }

    private Blas fastestBlas(Workload workload) throws IOException, InterruptedException {
        if (plan.blas().size() == 1) {
            return plan.blas().getFirst();
        }
        Map<Blas, Double> tokensPerSecond = new EnumMap<>(Blas.class);
        for (int run = 1; run <= RUNS_TO_CHOOSE; run++) {
            for (Blas blas : plan.blas()) {
                String what = workload + " choosing the peer's BLAS, " + blas + ", run " + run;
                Measurement measured = run(peer.process(workload, blas), workload, what);
                tokensPerSecond.merge(blas, measured.tokensPerSecond(), Math::max);
            }
        }
        return tokensPerSecond.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    private Measurement run(BenchmarkProcess process, Workload workload, String what)
            throws IOException, InterruptedException {
        Measurement measurement = process.run(log(what), Measurement.class).checkedFor(workload);
        progress.printf(Locale.ROOT, LINE, what, measurement.tokensPerSecond());
        return measurement;
    }

    private Path log(String what) {
        return plan.directory().resolve(what.replaceAll("[^A-Za-z0-9]+", "-").toLowerCase(Locale.ROOT) + ".log");
    }
}
