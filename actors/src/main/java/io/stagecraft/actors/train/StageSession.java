package io.stagecraft.actors.train;

import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/// Makes a stage's reports out of its tensor ranks' answers.
///
/// Thread: one.
final class StageSession {
    private final StagePlace place;
    private final Gather<Integer, RankAnswer> opened;
    private final Gather<Integer, RankAnswer> phase;
    private final Gather<Integer, String> quiet;
    private boolean abandoned;

    StageSession(StagePlace place, int tensorSize) {
        List<Integer> ranks = IntStream.range(0, tensorSize).boxed().toList();
        this.place = place;
        this.opened = new Gather<>(ranks);
        this.phase = new Gather<>(ranks);
        this.quiet = new Gather<>(ranks);
    }

    /// Takes an answer of a tensor rank; the report that follows from it, if it was the last one
    /// missing or cannot wait.
    Optional<StageReport> answered(int tensorRank, RankAnswer answer) {
        return switch (answer) {
            case RankAnswer.Opened _ ->
                opened.add(tensorRank, answer) ? Optional.of(new StageReport.Ready(place)) : Optional.empty();
            case RankAnswer.Done _, RankAnswer.NotSaved _ -> ofPhase(tensorRank, answer);
            case RankAnswer.Failed(Fault fault) -> Optional.of(new StageReport.Failed(place, fault));
            case RankAnswer.Quiet(String unfinished) -> ofQuiet(tensorRank, unfinished);
        };
    }

    /// The run gave up: from now on results do not count.
    Optional<StageReport> abandoned() {
        abandoned = true;
        return quiet.isComplete() ? Optional.of(quietReport()) : Optional.empty();
    }

    /// A tensor rank's actor ended without having been told to.
    List<StageReport> died(int tensorRank) {
        String where = place.rank(tensorRank).toString();
        var fault = new Fault(where, "the rank's actor stopped unexpectedly; see the log above", Fault.Kind.OWN);
        var report = new StageReport.Failed(place, fault);
        return ofQuiet(tensorRank, "").map(last -> List.of(report, last)).orElse(List.of(report));
    }

    private Optional<StageReport> ofPhase(int tensorRank, RankAnswer answer) {
        if (abandoned || !phase.add(tensorRank, answer)) {
            return Optional.empty();
        }
        List<RankAnswer> answers = phase.take();
        List<String> reasons = answers.stream()
                .filter(RankAnswer.NotSaved.class::isInstance)
                .map(notSaved -> ((RankAnswer.NotSaved) notSaved).reason())
                .toList();
        if (!reasons.isEmpty()) {
            return Optional.of(new StageReport.NotSaved(place, String.join("; ", reasons)));
        }
        var results =
                answers.stream().map(done -> ((RankAnswer.Done) done).result()).toList();
        return Optional.of(new StageReport.Done(place, RankResults.combine(results)));
    }

    private Optional<StageReport> ofQuiet(int tensorRank, String unfinished) {
        return quiet.add(tensorRank, unfinished) && abandoned ? Optional.of(quietReport()) : Optional.empty();
    }

    private StageReport quietReport() {
        return new StageReport.Quiet(
                place,
                quiet.take().stream()
                        .filter(unfinished -> !unfinished.isEmpty())
                        .toList());
    }
}
