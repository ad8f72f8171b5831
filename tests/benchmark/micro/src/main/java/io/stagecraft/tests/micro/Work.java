package io.stagecraft.tests.micro;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// What the calls of an iteration moved and computed; JMH divides by the time. One of the two
/// stays 0.
@AuxCounters(AuxCounters.Type.OPERATIONS)
@State(Scope.Thread)
public class Work {
    /// 1e9 bytes.
    public double gigabytes;
    /// 1e9 floating-point operations.
    public double gigaflops;

    /// Counts `bytes` read or written.
    void moved(double bytes) {
        gigabytes += bytes * 1e-9;
    }

    /// Counts `operations` on floats.
    void computed(double operations) {
        gigaflops += operations * 1e-9;
    }
}
