package io.stagecraft.actors.telemetry;

import java.util.Optional;

/// What one subscriber may have unacknowledged: beyond that, events pass it by and are counted, so
/// that a slow one costs a bounded amount of memory.
///
/// Thread: one.
final class DeliveryWindow {
    private final int size;
    private int numInFlight;
    private long numMissed;

    DeliveryWindow(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("a subscriber's window must be >= 1 event but is " + size);
        }
        this.size = size;
    }

    /// The delivery of `event`, or nothing if the subscriber is too far behind.
    Optional<TelemetryHub.Delivered> offer(RunEvent event) {
        if (numInFlight == size) {
            numMissed++;
            return Optional.empty();
        }
        numInFlight++;
        var delivered = new TelemetryHub.Delivered(event, numMissed);
        numMissed = 0;
        return Optional.of(delivered);
    }

    /// The subscriber is done with one event.
    void acknowledged() {
        numInFlight = Math.max(0, numInFlight - 1);
    }
}
