package io.stagecraft.actors.train;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Waits for one value from each of several sources and hands them out in the order of the sources,
/// not of arrival: so that sums do not depend on who was faster.
///
/// Thread: one.
final class Gather<K, V> {
    private final List<K> sources;
    private final Map<K, V> arrived;

    /// `sources` without repetitions, in the order of the result.
    Gather(List<K> sources) {
        this.sources = List.copyOf(sources);
        this.arrived = HashMap.newHashMap(sources.size());
    }

    /// Takes a value; says whether all are here now. Throws [IllegalStateException] for an unknown
    /// source and for a second value of one source.
    boolean add(K source, V value) {
        if (!sources.contains(source) || arrived.containsKey(source)) {
            throw new IllegalStateException("gathering one answer each of " + sources + ": got an unexpected one from "
                    + source + ", answered already: " + arrived.keySet());
        }
        arrived.put(source, value);
        return isComplete();
    }

    /// Whether every source has answered.
    boolean isComplete() {
        return arrived.size() == sources.size();
    }

    /// The values in the order of the sources; the gathering starts anew. Throws
    /// [IllegalStateException] before it is complete.
    List<V> take() {
        if (!isComplete()) {
            throw new IllegalStateException("answers taken too early: of " + sources + " only " + arrived.keySet());
        }
        List<V> values = sources.stream().map(arrived::get).toList();
        arrived.clear();
        return values;
    }
}
