package io.stagecraft.transport;

import io.aeron.Aeron;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.exceptions.AeronException;
import io.stagecraft.transport.frame.PollAgent;
import java.nio.file.Path;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.ErrorHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The embedded media driver, which runs on the poll thread, and the one client of a transport.
///
/// The driver on the poll thread and not on its own: whoever has read a frame then moves the
/// sender's limit in the same cycle, and one thread less asks for the compute threads' cores.
///
/// Buffers have the sizes that [AeronMemory] counts on. Time-outs are longer than Aeron's own,
/// because compute threads may hold all cores of the machine for seconds.
final class AeronDriver implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(AeronDriver.class);
    private static final int COUNTER_VALUES_BYTES = 1024 * 1024;
    private static final int LOSS_REPORT_BYTES = 1024 * 1024;
    /// Driver and client die together, so this need not be short: a JVM that was stopped for a
    /// while goes on.
    private static final long LIVENESS_SECONDS = 600;
    /// Aeron wants it longer than the liveness.
    private static final long UNBLOCK_SECONDS = 900;
    /// After this a sender sees that its receiver on another machine is gone.
    private static final long CONNECTION_SECONDS = 10;
    /// Aeron checks the UDP setting against its window even when only IPC is used.
    private static final int UDP_MTU_LIMIT_BYTES = 8_192;

    private final MediaDriver driver;
    private final Aeron client;
    private final PollAgent pollAgent;

    private AeronDriver(MediaDriver driver, Aeron client, PollAgent pollAgent) {
        this.pollAgent = pollAgent;
        this.driver = driver;
        this.client = client;
    }

    /// Starts both in `folder`; from now on `pollAgent`, which is started here, runs the driver.
    /// Errors that end the client's work go to `onFailure`, others to the log.
    static AeronDriver start(
            AeronTransportConfig config, Path folder, PollAgent pollAgent, Consumer<Throwable> onFailure) {
        MediaDriver driver = MediaDriver.launch(driverContext(config, folder));
        try {
            pollAgent.add(driver.sharedAgentInvoker()::invoke);
            pollAgent.start();
            return new AeronDriver(driver, Aeron.connect(clientContext(folder, onFailure)), pollAgent);
        } catch (RuntimeException e) {
            pollAgent.close();
            driver.close();
            throw e;
        }
    }

    Aeron client() {
        return client;
    }

    /// Ends the client, the poll thread and the driver, which deletes its folder.
    @Override
    public void close() {
        try (driver;
                pollAgent) {
            client.close();
        }
    }

    private static MediaDriver.Context driverContext(AeronTransportConfig config, Path folder) {
        return new MediaDriver.Context()
                .aeronDirectoryName(folder.toString())
                .warnIfDirectoryExists(false)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .threadingMode(ThreadingMode.INVOKER)
                .asyncExecutorThreadFactory(daemon("stagecraft-media-driver-io"))
                // All pages exist before the first message: running out of memory later would kill the
                // JVM.
                .termBufferSparseFile(false)
                .lowStorageWarningThreshold(0)
                .publicationTermBufferLength(config.logTermBytes())
                .ipcTermBufferLength(config.logTermBytes())
                .mtuLength(Math.min(config.mtuBytes(), UDP_MTU_LIMIT_BYTES))
                .ipcMtuLength(config.mtuBytes())
                .counterValuesBufferLength(COUNTER_VALUES_BYTES)
                .lossReportBufferLength(LOSS_REPORT_BYTES)
                .clientLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS))
                .imageLivenessTimeoutNs(TimeUnit.SECONDS.toNanos(LIVENESS_SECONDS))
                .publicationConnectionTimeoutNs(TimeUnit.SECONDS.toNanos(CONNECTION_SECONDS))
                .publicationUnblockTimeoutNs(TimeUnit.SECONDS.toNanos(UNBLOCK_SECONDS))
                .errorHandler(AeronDriver::logError);
    }

    private static Aeron.Context clientContext(Path folder, Consumer<Throwable> onFailure) {
        ErrorHandler toOwner = error -> {
            if (isWarning(error)) {
                logError(error);
            } else {
                onFailure.accept(error);
            }
        };
        return new Aeron.Context()
                .aeronDirectoryName(folder.toString())
                .clientName("stagecraft")
                .driverTimeoutMs(TimeUnit.SECONDS.toMillis(LIVENESS_SECONDS))
                .threadFactory(daemon("stagecraft-aeron-client"))
                .errorHandler(toOwner)
                .subscriberErrorHandler(toOwner);
    }

    private static boolean isWarning(Throwable error) {
        return error instanceof AeronException aeron && aeron.category() == AeronException.Category.WARN;
    }

    private static void logError(Throwable error) {
        LOG.warn("media driver: {}", error.toString());
    }

    private static ThreadFactory daemon(String name) {
        return Thread.ofPlatform().name(name).daemon().factory();
    }
}
