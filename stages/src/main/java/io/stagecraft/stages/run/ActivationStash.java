package io.stagecraft.stages.run;

import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The microbatches in flight on one rank: as many slots as the schedule can need, each with its
/// memory.
final class ActivationStash implements AutoCloseable {
    private final List<MicrobatchSlot> slots;
    private final ArrayDeque<MicrobatchSlot> free = new ArrayDeque<>();
    private final Map<Integer, MicrobatchSlot> inFlight = new HashMap<>();

    /// Takes ownership of the slots' contexts.
    ActivationStash(List<MicrobatchSlot> slots) {
        this.slots = List.copyOf(slots);
        free.addAll(slots);
    }

    /// A free slot for `microbatch`.
    ///
    /// - Errors: [IllegalStateException] if all are taken: the schedule holds more microbatches
    ///   than it said.
    MicrobatchSlot begin(int microbatch) {
        if (free.isEmpty() || inFlight.containsKey(microbatch)) {
            throw new IllegalStateException("no slot for microbatch " + microbatch + ": " + slots.size()
                    + " slots, in flight " + inFlight.keySet());
        }
        MicrobatchSlot slot = free.pop();
        inFlight.put(microbatch, slot);
        return slot;
    }

    /// The slot that [#begin] gave.
    MicrobatchSlot of(int microbatch) {
        if (!inFlight.containsKey(microbatch)) {
            throw new IllegalStateException(
                    "microbatch " + microbatch + " is not in flight; in flight " + inFlight.keySet());
        }
        return inFlight.get(microbatch);
    }

    /// Frees the slot of `microbatch`.
    void end(int microbatch) {
        MicrobatchSlot slot = of(microbatch);
        inFlight.remove(microbatch);
        slot.clear();
        free.push(slot);
    }

    @Override
    public void close() {
        slots.forEach(slot -> slot.context().close());
    }
}
