package io.stagecraft.actors.train;

import java.util.ArrayList;
import java.util.List;

/// Which node hosts which stage: contiguous runs of places, as even as they go, so that
/// neighbouring stages share a node where they can.
final class Placement {
    private Placement() {}

    /// For each of `numPlaces` the index of its node, ascending. Throws [IllegalArgumentException]
    /// for no nodes.
    static List<Integer> spread(int numPlaces, int numNodes) {
        if (numNodes < 1) {
            throw new IllegalArgumentException("stages need at least one node but there are " + numNodes);
        }
        var nodes = new ArrayList<Integer>(numPlaces);
        for (int place = 0; place < numPlaces; place++) {
            nodes.add((int) ((long) place * Math.min(numNodes, numPlaces) / numPlaces));
        }
        return List.copyOf(nodes);
    }
}
