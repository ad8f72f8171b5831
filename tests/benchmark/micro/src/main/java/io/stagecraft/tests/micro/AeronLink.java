package io.stagecraft.tests.micro;

import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.AbortedException;
import io.stagecraft.transport.AeronTransport;
import io.stagecraft.transport.AeronTransportConfig;
import io.stagecraft.transport.LinkId;
import io.stagecraft.transport.LinkReceiver;
import io.stagecraft.transport.PatientSender;
import io.stagecraft.transport.ReceiveBuffer;
import io.stagecraft.transport.WaitStyle;
import io.stagecraft.transport.Waiter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// One link over Aeron's IPC. JMH's thread sends; another one takes what arrives.
@State(Scope.Benchmark)
public class AeronLink {
    private static final Path FOLDER = Path.of("/dev/shm/stagecraft-benchmark");
    private static final int CREDITS = 4;
    /// The sender, the receiver and the transport's poll thread.
    private static final int THREADS = 3;

    /// Of a message.
    @Param({"4096", "1048576", "4194304", "16777216"})
    public int bytes;

    private final AtomicLong received = new AtomicLong();
    private Arena arena;
    private MemorySegment payload;
    private MemorySegment target;
    private List<MemorySegment> buffers = List.of();
    private AbortSignal signal;
    private Waiter sendWaiter;
    private AeronTransport transport;
    private PatientSender sender;
    private Thread consumer;
    private long sent;
    private long awaited;
    private BooleanSupplier arrived;
    private double copyRate;

    /// Measures memcpy, opens the link and starts the receiving thread.
    void start(Delivery delivery) {
        copyRate = Rates.copy(payload, target);
        signal = new AbortSignal();
        WaitStyle style = WaitStyle.of(THREADS, Runtime.getRuntime().availableProcessors());
        sendWaiter = new Waiter(signal, style);
        var config = new AeronTransportConfig(
                new AeronTransportConfig.Channel.Ipc(),
                FOLDER,
                64 * 1024,
                1,
                System.nanoTime(),
                Duration.ofSeconds(10));
        transport = AeronTransport.start(config, 1, failure -> signal.abort(failure.toString()));
        var link = new LinkId(0, "benchmark");
        var receiveWaiter = new Waiter(signal, style);
        LinkReceiver receiver = transport.openReceiver(link, buffers, receiveWaiter::wake);
        sender = new PatientSender(transport.openSender(link, bytes), sendWaiter);
        arrived = () -> received.get() >= awaited;
        sent = 0;
        received.set(0);
        consumer = Thread.ofPlatform().name("consumer").start(() -> consume(receiver, receiveWaiter, delivery));
    }

    /// What the receiving thread does with a message.
    public enum Delivery {
        /// Looks at its lease and gives it back: layers read it there.
        LEASE,
        /// Copies it to other memory.
        TENSOR
    }

    /// Sends the payload and waits until all but `ahead` messages have been taken.
    void send(int ahead) {
        sender.send(sent, 0, payload);
        sent++;
        awaited = sent - ahead;
        sendWaiter.await(arrived);
    }

    /// Ends the receiving thread and closes the link.
    void stop() throws InterruptedException {
        signal.abort("the iteration is over");
        consumer.join();
        transport.close();
    }

    /// Payload a second of one thread's memcpy before this iteration, 1e9 bytes.
    double copyRate() {
        return copyRate;
    }

    /// Allocates the message and the places for it.
    @Setup(Level.Trial)
    public void open() {
        arena = Arena.ofShared();
        payload = arena.allocate(bytes, 64);
        target = arena.allocate(bytes, 64);
        buffers = IntStream.range(0, CREDITS)
                .mapToObj(_ -> arena.allocate(bytes, 64))
                .toList();
    }

    /// Frees them.
    @TearDown(Level.Trial)
    public void close() {
        arena.close();
    }

    private void consume(LinkReceiver receiver, Waiter waiter, Delivery delivery) {
        try {
            while (!signal.isAborted()) {
                waiter.await(receiver::hasArrival);
                ReceiveBuffer lease = receiver.take();
                switch (delivery) {
                    case LEASE -> lease.payload();
                    case TENSOR -> target.copyFrom(lease.payload());
                }
                lease.release();
                received.incrementAndGet();
                sendWaiter.wake();
            }
        } catch (AbortedException _) {
            // the iteration is over
        }
    }
}
