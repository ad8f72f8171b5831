package io.stagecraft.tests.micro;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A tensor's way from one thread to another over Aeron's IPC: payload a second, beside memcpy's.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 7, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class LinkBenchmark {
    /// What the receiver does with a message.
    @Param
    public AeronLink.Delivery delivery;

    /// Starts the receiver.
    @Setup(Level.Iteration)
    public void start(AeronLink link) {
        link.start(delivery);
    }

    /// Ends it.
    @TearDown(Level.Iteration)
    public void stop(AeronLink link) throws InterruptedException {
        link.stop();
    }

    /// A message a call, of which one is under way while the next is written: as between pipeline
    /// stages.
    @Benchmark
    public void stream(AeronLink link, Work work, PayloadReference copy) {
        link.send(1);
        work.moved(link.bytes);
    }

    /// A message a call, from its first byte sent to its last byte taken.
    @Benchmark
    public void message(AeronLink link, Work work, PayloadReference copy) {
        link.send(0);
        work.moved(link.bytes);
    }
}
