package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlacementTest {
    @Test
    void shouldPutEverythingOnOneNode() {
        assertThat(Placement.spread(3, 1)).containsExactly(0, 0, 0);
    }

    @Test
    void shouldKeepNeighboursTogetherAndSpreadEvenly() {
        assertThat(Placement.spread(5, 2)).containsExactly(0, 0, 0, 1, 1);
    }

    @Test
    void shouldUseNoMoreNodesThanPlaces() {
        assertThat(Placement.spread(2, 5)).containsExactly(0, 1);
    }
}
