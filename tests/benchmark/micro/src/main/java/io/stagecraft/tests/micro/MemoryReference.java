package io.stagecraft.tests.micro;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/// What two threads read and write of the same tensors just before each iteration.
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class MemoryReference {
    private TwoRanks ranks;

    /// Remembers who measures.
    @Setup(Level.Trial)
    public void open(TwoRanks measured) {
        ranks = measured;
    }

    /// Read and written, 1e9 bytes a second.
    public double reference() {
        return ranks.memoryRate();
    }

    /// Cores that both threads had on the mean, in the reference and in the iteration.
    public double cores() {
        return ranks.cores();
    }
}
