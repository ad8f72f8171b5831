package io.stagecraft.transport;

import io.aeron.AeronVersion;
import io.aeron.ExclusivePublication;
import io.aeron.Subscription;
import io.stagecraft.transport.frame.ChunkedSender;
import io.stagecraft.transport.frame.FrameAssembler;
import io.stagecraft.transport.frame.FramePublication;
import io.stagecraft.transport.frame.FrameReceiver;
import io.stagecraft.transport.frame.LinkInbox;
import io.stagecraft.transport.frame.LocalLink;
import io.stagecraft.transport.frame.OutgoingMessage;
import io.stagecraft.transport.frame.PlacingSender;
import io.stagecraft.transport.frame.PollAgent;
import io.stagecraft.transport.frame.ReceiveBufferPool;
import io.stagecraft.transport.frame.WakeableIdle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [Transport] over Aeron with a media driver of its own inside this JVM.
///
/// Three threads for any number of links: the poll thread, which also runs the driver, Aeron's
/// client and the driver's file worker, which both mostly sleep. None spins; a send wakes the poll
/// thread. A link is a publication and a subscription on the stream `base-stream-id + index`.
///
/// With [AeronTransportConfig.Channel.Ipc] both ends of a link are in this JVM: the sender copies a
/// message straight into the receiver's buffer and Aeron carries its frame ([PlacingSender]). With
/// UDP the bytes go through Aeron's log ([ChunkedSender]).
///
/// Threads: see [Transport]; links are not opened on the poll thread, which has to answer. [#close]
/// may be called once no thread sends or holds a lease any more.
public final class AeronTransport implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(AeronTransport.class);
    /// Inside one JVM every park is ended by a wake, so the length of a park is a backstop.
    private static final Duration IPC_PARK = Duration.ofMillis(4);
    /// A packet from another JVM wakes nobody: half of this is the mean delay of an idle link, and
    /// looking more often costs more of a core (200 µs: 8 %).
    private static final Duration UDP_PARK = Duration.ofNanos(500_000);

    private final AeronTransportConfig config;
    private final AeronMemory memory;
    private final AeronFolder folder;
    private final String channelUri;
    private final AeronDriver driver;
    private final PollAgent pollAgent;
    private final List<FrameReceiver> receivers = new CopyOnWriteArrayList<>();
    private final List<LinkSender> senders = new CopyOnWriteArrayList<>();
    private final Map<Integer, LocalLink> localLinks = new ConcurrentHashMap<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    private AeronTransport(AeronTransportConfig config, int numLinks, Consumer<Throwable> onFailure) {
        this.config = config;
        this.memory = AeronMemory.of(config, numLinks);
        this.channelUri = channelUri(config.channel());
        long longestParkNanos = switch (config.channel()) {
            case AeronTransportConfig.Channel.Ipc _ -> IPC_PARK.toNanos();
            case AeronTransportConfig.Channel.Udp _ -> UDP_PARK.toNanos();
        };
        Consumer<Throwable> unlessClosed = failure -> {
            if (!closed.get()) {
                onFailure.accept(failure);
            }
        };
        this.folder = AeronFolder.create(config.directory(), config.sessionNonce());
        this.pollAgent = new PollAgent("stagecraft-poll", new WakeableIdle(longestParkNanos), unlessClosed);
        this.driver = startDriver(unlessClosed);
    }

    /// Sweeps folders of dead owners, checks the shared memory that `numLinks` links will take and
    /// starts the driver. `numLinks` counts the links with an end in this JVM.
    ///
    /// `onFailure` gets what breaks later, on the thread that met it: a stream that is not as it
    /// should be, a driver that died. It aborts the run.
    ///
    /// Throws [IllegalStateException] if the memory is not there.
    public static AeronTransport start(AeronTransportConfig config, int numLinks, Consumer<Throwable> onFailure) {
        for (String stale : AeronFolder.sweep(config.directory())) {
            LOG.info("removed {} from {}: its owner has died", stale, config.directory());
        }
        AeronMemory.of(config, numLinks).requireRoom(config.directory());
        return new AeronTransport(config, numLinks, onFailure);
    }

    @Override
    public LinkSender openSender(LinkId link, long maxMessageBytes) {
        requireOpen(link);
        var message = new OutgoingMessage(link, maxMessageBytes);
        ExclusivePublication publication = driver.client().addExclusivePublication(channelUri, streamId(link));
        var frames = new FramePublication(link, publication, config.connectTimeout(), pollAgent::wake);
        LinkSender sender = switch (config.channel()) {
            case AeronTransportConfig.Channel.Ipc _ ->
                new PlacingSender(frames, config.sessionNonce(), message, local(link));
            case AeronTransportConfig.Channel.Udp _ -> new ChunkedSender(frames, config.sessionNonce(), message);
        };
        senders.add(sender);
        return sender;
    }

    @Override
    public LinkReceiver openReceiver(LinkId link, List<MemorySegment> buffers, Runnable onArrival) {
        requireOpen(link);
        var pool = new ReceiveBufferPool(buffers, onRelease());
        var inbox = new LinkInbox(link, buffers.size(), onArrival);
        LocalLink local = local(link);
        local.listen(pool, inbox);
        Subscription subscription = subscribe(link, local);
        var assembler = new FrameAssembler(link, config.sessionNonce(), pool, inbox);
        var receiver = new FrameReceiver(link, subscription, assembler, inbox, pollAgent, local::close);
        receivers.add(receiver);
        pollAgent.add(receiver);
        return receiver;
    }

    /// Without a subscription nobody may write the buffers either.
    private Subscription subscribe(LinkId link, LocalLink local) {
        try {
            return driver.client().addSubscription(channelUri, streamId(link));
        } catch (RuntimeException e) {
            local.close();
            throw e;
        }
    }

    /// A free buffer is waited for by the poll thread, or by a sender of this JVM, which looks again itself.
    private Runnable onRelease() {
        return switch (config.channel()) {
            case AeronTransportConfig.Channel.Ipc _ -> () -> {};
            case AeronTransportConfig.Channel.Udp _ -> pollAgent::wake;
        };
    }

    private LocalLink local(LinkId link) {
        return localLinks.computeIfAbsent(link.index(), _ -> new LocalLink(link));
    }

    @Override
    public String describe() {
        return "Aeron %s, %s, driver in this JVM, %s of shared memory in %s for %d logs of %d KiB terms, frames of %d bytes"
                .formatted(
                        AeronVersion.VERSION,
                        channelUri,
                        memory,
                        folder.driverFolder(),
                        memory.numLogs(),
                        config.logTermBytes() / 1024,
                        config.mtuBytes());
    }

    @Override
    public long mappedBytes() {
        return memory.driverBytes() + 2 * memory.numLogs() * memory.logBytes();
    }

    /// Frames that came in on the links' streams and were not of this run and link.
    public long numDropped() {
        return receivers.stream().mapToLong(FrameReceiver::numDropped).sum();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        Deque<AutoCloseable> inOrder = new ArrayDeque<>();
        inOrder.addAll(senders);
        inOrder.addAll(receivers);
        inOrder.add(driver);
        inOrder.add(folder);
        closeAll(inOrder);
    }

    /// Folder of the media driver, for a second client in tests.
    Path driverFolder() {
        return folder.driverFolder();
    }

    /// Channel of every link, for a second client in tests.
    String channelUri() {
        return channelUri;
    }

    private AeronDriver startDriver(Consumer<Throwable> onFailure) {
        try {
            return AeronDriver.start(config, folder.driverFolder(), pollAgent, onFailure);
        } catch (RuntimeException e) {
            folder.close();
            throw e;
        }
    }

    private int streamId(LinkId link) {
        return Math.addExact(config.baseStreamId(), link.index());
    }

    private void requireOpen(LinkId link) {
        if (closed.get()) {
            throw new IllegalStateException("%s was to be opened on a closed transport".formatted(link));
        }
    }

    private static String channelUri(AeronTransportConfig.Channel channel) {
        return switch (channel) {
            case AeronTransportConfig.Channel.Ipc _ -> "aeron:ipc";
            case AeronTransportConfig.Channel.Udp(String host, int port) ->
                "aeron:udp?endpoint=%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, portOr(host, port));
        };
    }

    private static int portOr(String host, int port) {
        if (port != 0) {
            return port;
        }
        try (var probe = new DatagramSocket(new InetSocketAddress(InetAddress.getByName(host), 0))) {
            return probe.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot listen on %s (transport.udp.host)".formatted(host), e);
        }
    }

    /// Closes each even if one before it fails; throws the first failure.
    private static void closeAll(Deque<AutoCloseable> inOrder) {
        List<Exception> failures = new ArrayList<>();
        for (AutoCloseable closeable : inOrder) {
            try {
                closeable.close();
            } catch (Exception e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            var failure = new IllegalStateException("the transport did not close cleanly", failures.getFirst());
            failures.stream().skip(1).forEach(failure::addSuppressed);
            throw failure;
        }
    }
}
