package io.stagecraft.actors.train;

import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.link.LinkPlan;
import io.stagecraft.stages.link.LocalCollectives;
import io.stagecraft.stages.run.RankPorts;
import io.stagecraft.stages.run.RankProgram;
import io.stagecraft.stages.run.RankSpec;
import io.stagecraft.stages.run.TensorParallelRank;
import io.stagecraft.stages.run.TokenSamples;
import io.stagecraft.stages.topology.RankCoordinate;
import io.stagecraft.transport.AbortSignal;
import io.stagecraft.transport.AeronTransport;
import io.stagecraft.transport.AeronTransportConfig;
import io.stagecraft.transport.LoopbackTransport;
import io.stagecraft.transport.Transport;
import io.stagecraft.transport.WaitStyle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// The ranks of a run that has all of them in this JVM, with what they share: transport,
/// collectives and the abort signal. Closed after the last rank.
final class LocalRanks implements RankFactory, AutoCloseable {
    /// What ranks compute on.
    ///
    /// @param spec of any rank
    /// @param training samples
    /// @param validation samples that are held back
    /// @param test samples that are held back until the end
    record Work(RankSpec spec, TokenSamples training, TokenSamples validation, TokenSamples test) {}

    private static final String LOOPBACK_HOST = "127.0.0.1";
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(60);

    private final Work work;
    private final AbortSignal abort = new AbortSignal();
    private final CompletableFuture<String> broken = new CompletableFuture<>();
    private final WaitStyle waitStyle;
    private final LocalCollectives collectives;
    private final RankBackends backends;
    private final Transport transport;

    private LocalRanks(RunRequest request, RankBackends backends, Work work) {
        StagecraftConfig config = request.config();
        this.work = work;
        this.waitStyle = WaitStyle.of(work.spec().topology().numRanks(), request.cores());
        this.collectives = new LocalCollectives(work.spec().topology(), abort, waitStyle);
        this.backends = backends;
        this.transport = open(config.transport());
    }

    /// Opens what the ranks share. What was opened is closed again when the rest cannot be. Borrows
    /// `backends`.
    static LocalRanks open(RunRequest request, RankBackends backends, Work work) {
        return new LocalRanks(request, backends, work);
    }

    @Override
    public RankProgram open(RankCoordinate rank, Runnable onArrival) {
        var ports = new RankPorts(
                backends.newBackend(),
                transport,
                collectives.of(rank),
                work.training(),
                work.validation(),
                work.test(),
                abort,
                waitStyle,
                onArrival);
        return TensorParallelRank.open(work.spec().at(rank), ports);
    }

    @Override
    public CompletionStage<String> broken() {
        return broken;
    }

    /// Ends every wait of every rank.
    AbortSignal abort() {
        return abort;
    }

    /// One line about the data plane.
    String describeTransport() {
        return transport.describe();
    }

    /// Shared memory that the data plane maps, each mapping counted.
    long mappedBytes() {
        return transport.mappedBytes();
    }

    @Override
    public void close() {
        transport.close();
    }

    /// Without a boundary between stages there is nothing to carry, and no driver is started.
    private Transport open(TransportSettings settings) {
        LinkPlan links = work.spec().links(DType.FLOAT32);
        if (links.all().isEmpty()) {
            return new LoopbackTransport();
        }
        return switch (settings.channel()) {
            case LOOPBACK -> new LoopbackTransport();
            case IPC -> aeron(settings, new AeronTransportConfig.Channel.Ipc(), links);
            case UDP -> aeron(settings, new AeronTransportConfig.Channel.Udp(LOOPBACK_HOST, settings.udpPort()), links);
        };
    }

    private Transport aeron(TransportSettings settings, AeronTransportConfig.Channel channel, LinkPlan links) {
        makeFolder(settings.directory());
        var config = new AeronTransportConfig(
                channel,
                settings.directory(),
                settings.termLengthBytes(),
                settings.baseStreamId(),
                new SecureRandom().nextLong(),
                CONNECT_TIMEOUT);
        return AeronTransport.start(
                config, links.all().size(), failure -> broken.complete("the transport failed: " + failure));
    }

    /// The transport asks how much room there is before it makes anything.
    private static void makeFolder(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot make the folder " + directory + " for Aeron's files (transport.directory): " + e, e);
        }
    }
}
