package io.stagecraft.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What an [AeronTransport] leaves behind, sweeps and refuses.
@Timeout(60)
class AeronLifecycleTest {
    private static final LinkId LINK = new LinkId(0, "only link");

    @TempDir
    private Path directory;

    @Test
    void shouldLeaveNoThreadAndNoFileAfterTwentyStarts() throws Exception {
        for (int i = 0; i < 20; i++) {
            sendOneMessage(i);
        }
        // Threads that Aeron ended may take a moment to be gone.
        var waiter = new Waiter(new AbortSignal(), WaitStyle.PARK);
        assertThat(waiter.retry(() -> ownThreads().isEmpty(), Duration.ofSeconds(20)))
                .isTrue();
        assertThat(Folders.names(directory)).isEmpty();
    }

    @Test
    void shouldRunTwoTransportsSideBySide() throws IOException {
        try (AeronTransport one = start(1);
                AeronTransport other = start(2)) {
            assertThat(one.driverFolder()).isNotEqualTo(other.driverFolder());
            assertThat(Folders.names(directory)).hasSize(2);
        }
    }

    @Test
    void shouldSweepTheFolderOfADeadOwner() throws Exception {
        Path stale = staleFolder(deadPid());
        try (AeronTransport transport = start(3)) {
            assertThat(stale).doesNotExist();
            assertThat(transport.driverFolder()).exists();
        }
    }

    @Test
    void shouldLeaveTheFolderOfALivingOwner() throws Exception {
        Path living = staleFolder(ProcessHandle.current().pid());
        try (AeronTransport transport = start(4)) {
            assertThat(living).exists();
            assertThat(transport.driverFolder()).exists();
        }
    }

    @Test
    void shouldSweepAFolderOlderThanTheProcessThatHasItsIdNow() throws Exception {
        Path stale = staleFolder(ProcessHandle.current().pid());
        Files.setLastModifiedTime(
                stale.resolve("owner.lock"), FileTime.from(Instant.now().minus(Duration.ofDays(30))));
        try (AeronTransport transport = start(5)) {
            assertThat(stale).doesNotExist();
            assertThat(transport.driverFolder()).exists();
        }
    }

    @Test
    void shouldLeaveAFolderWhoseLockIsHeldThoughItsProcessIsNotSeen() throws Exception {
        // As seen from another process namespace: a lock held, a process id nobody has.
        AeronFolder held = AeronFolder.create(directory, 6);
        String name = held.driverFolder().getParent().getFileName().toString();
        Path unseen = directory.resolve(name.replaceFirst("-\\d+-", "-" + deadPid() + "-"));
        Files.move(directory.resolve(name), unseen);
        assertThat(AeronFolder.sweep(directory)).isEmpty();
        assertThat(unseen).exists();
        Files.move(unseen, directory.resolve(name));
        held.close();
    }

    @Test
    void shouldSweepAfterAnOwnerThatWasKilledAndNotBefore() throws Exception {
        Process owner = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Owner.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var output = owner.inputReader()) {
            assertThat(output.readLine()).isEqualTo("started");
            assertThat(AeronFolder.sweep(directory)).isEmpty();
            owner.destroyForcibly();
            assertThat(owner.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(AeronFolder.sweep(directory)).hasSize(1);
            assertThat(Folders.names(directory)).isEmpty();
        }
    }

    /// Another JVM with a transport, which ends only when it is killed.
    static final class Owner {
        public static void main(String[] args) throws InterruptedException {
            var config = new AeronTransportConfig(
                    new AeronTransportConfig.Channel.Ipc(), Path.of(args[0]), 64 * 1024, 1, 1, Duration.ofSeconds(20));
            AeronTransport.start(config, 1, _ -> {});
            System.out.println("started");
            Thread.currentThread().join();
        }
    }

    @Test
    void shouldLeaveWhatIsNotItsOwn() throws Exception {
        Files.createDirectory(directory.resolve("stagecraft-notes"));
        Files.createDirectory(directory.resolve("aeron-somebody"));
        assertThat(AeronFolder.sweep(directory)).isEmpty();
        assertThat(Folders.names(directory)).containsExactly("aeron-somebody", "stagecraft-notes");
    }

    @Test
    void shouldSayBeforeTheStartThatSharedMemoryIsTooSmall() throws IOException {
        var config = new AeronTransportConfig(
                new AeronTransportConfig.Channel.Udp("127.0.0.1", 0),
                directory,
                1024 * 1024 * 1024,
                1,
                7,
                Duration.ofSeconds(20));
        // 100,000 links of three terms of 1 GiB fit no machine.
        assertThatThrownBy(() -> AeronTransport.start(config, 100_000, _ -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("the transport needs 614400")
                .hasMessageContaining("smaller transport.term-length-bytes, another transport.directory");
        assertThat(Folders.names(directory)).isEmpty();
    }

    @Test
    void shouldFailAfterTheConnectTimeoutWithWhoWaitedForWhom() {
        var quick = new AeronTransportConfig(
                new AeronTransportConfig.Channel.Ipc(), directory, 64 * 1024, 1, 9, Duration.ofMillis(50));
        try (AeronTransport transport = AeronTransport.start(quick, 1, _ -> {});
                Arena arena = Arena.ofShared()) {
            LinkSender sender = transport.openSender(LINK, 8);
            sender.send(2, 1, arena.allocate(8));
            var waiter = new Waiter(new AbortSignal(), WaitStyle.PARK);
            assertThatThrownBy(() -> waiter.retry(() -> sender.resume() == SendResult.SENT, Duration.ofSeconds(20)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("link 0 (only link), step 2, microbatch 1: nobody listens")
                    .hasMessageContaining("transport.connect-timeout");
        }
    }

    private void sendOneMessage(int nonce) {
        var waiter = new Waiter(new AbortSignal(), WaitStyle.PARK);
        try (AeronTransport transport = start(nonce);
                Arena arena = Arena.ofShared()) {
            LinkReceiver receiver = transport.openReceiver(LINK, Buffers.of(8, 1), waiter::wake);
            LinkSender sender = transport.openSender(LINK, 8);
            if (sender.send(nonce, 0, arena.allocate(8)) != SendResult.SENT) {
                assertThat(waiter.retry(() -> sender.resume() == SendResult.SENT, Duration.ofSeconds(20)))
                        .isTrue();
            }
            assertThat(waiter.retry(receiver::hasArrival, Duration.ofSeconds(20)))
                    .isTrue();
        }
    }

    private AeronTransport start(long nonce) {
        return AeronTransport.start(config(nonce, 64 * 1024), 1, _ -> {});
    }

    private AeronTransportConfig config(long nonce, int termLengthBytes) {
        return new AeronTransportConfig(
                new AeronTransportConfig.Channel.Ipc(), directory, termLengthBytes, 1, nonce, Duration.ofSeconds(20));
    }

    private static List<String> ownThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("stagecraft-"))
                .toList();
    }

    private Path staleFolder(long pid) throws IOException {
        Path folder = Files.createDirectories(directory.resolve("stagecraft-tester-" + pid + "-abc"));
        Files.createDirectories(folder.resolve("media"));
        Files.writeString(folder.resolve("media").resolve("cnc.dat"), "stale");
        Files.writeString(folder.resolve("owner.lock"), "");
        return folder;
    }

    private static long deadPid() throws Exception {
        Process process = new ProcessBuilder("true").start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        return process.pid();
    }
}
