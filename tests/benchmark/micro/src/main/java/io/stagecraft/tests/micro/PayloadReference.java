package io.stagecraft.tests.micro;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What one thread copies just before each iteration: the same message to the same place, by
/// memcpy.
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class PayloadReference {
    private AeronLink link;

    /// Remembers who measures.
    @Setup(Level.Trial)
    public void open(AeronLink measured) {
        link = measured;
    }

    /// Payload, 1e9 bytes a second: each is read once and written once.
    public double reference() {
        return link.copyRate();
    }
}
