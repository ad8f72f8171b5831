package io.stagecraft.model.evaluation;

/// Which targets of a window count: those of positions `[from, to)`.
///
/// @param from first position
/// @param to behind the last; `from` if none counts
public record ScoredWindow(int from, int to) {
    public ScoredWindow {
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("positions [" + from + ", " + to + ") are no range");
        }
    }

    /// A window that only fills a batch.
    public static ScoredWindow none() {
        return new ScoredWindow(0, 0);
    }

    /// Targets that count.
    public int numTargets() {
        return to - from;
    }
}
