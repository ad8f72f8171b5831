package io.stagecraft.tests.micro;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// What one thread copies just before each iteration, between two buffers as large as an activation
/// of the model.
@AuxCounters(AuxCounters.Type.EVENTS)
@State(Scope.Thread)
public class CopyReference {
    private double gigabytesASecond;
    private MemorySegment from;
    private MemorySegment to;
    private Arena arena;

    /// Allocates the buffers.
    @Setup(Level.Trial)
    public void open(KernelOperands operands) {
        arena = Arena.ofConfined();
        long bytes = 4L * operands.size.rows() * operands.size.channels();
        from = arena.allocate(bytes, 64);
        to = arena.allocate(bytes, 64);
    }

    /// Copies for a moment.
    @Setup(Level.Iteration)
    public void measure() {
        gigabytesASecond = 2 * Rates.copy(from, to);
    }

    /// Read and written, 1e9 bytes a second.
    public double reference() {
        return gigabytesASecond;
    }

    /// Frees the buffers.
    @TearDown(Level.Trial)
    public void close() {
        arena.close();
    }
}
