package io.stagecraft.actors.cli;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Commands one after another in a JVM of their own, whose heap is bounded: what each ended with.
final class CommandBatch {
    private static final String HEAP = "-Xmx64m";
    private static final long PATIENCE_SECONDS = 1800;
    private static final String BETWEEN = "\t";

    /// A command.
    ///
    /// @param folder where it is given
    record Order(Path folder, List<String> arguments) {}

    /// How it ended.
    ///
    /// @param cpuMillis that the whole JVM took meanwhile
    /// @param text both of its streams
    record Ending(Order order, int exitCode, long cpuMillis, String text) {}

    private CommandBatch() {}

    /// Runs `orders` in a JVM whose files are in `folder`.
    static List<Ending> run(Path folder, List<Order> orders) throws IOException, InterruptedException {
        Path jobs = folder.resolve("orders");
        Path results = folder.resolve("endings");
        Path output = folder.resolve("output");
        Files.write(jobs, orders.stream().map(CommandBatch::line).toList());
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElseThrow(),
                        HEAP,
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+ExitOnOutOfMemoryError",
                        "--add-modules=jdk.incubator.vector",
                        "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-cp",
                        System.getProperty("java.class.path"),
                        CommandBatch.class.getName(),
                        jobs.toString(),
                        results.toString())
                .redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(output.toFile())
                .start();
        try {
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
                List<String> done = Files.exists(results) ? Files.readAllLines(results) : List.of();
                throw new AssertionError(
                        "the JVM did not live through " + orders.get(done.size()) + ": " + Files.readString(output));
            }
        } finally {
            process.destroyForcibly();
        }
        return endings(orders, Files.readAllLines(results));
    }

    private static String line(Order order) {
        return order.folder() + BETWEEN + String.join(BETWEEN, order.arguments());
    }

    private static List<Ending> endings(List<Order> orders, List<String> lines) {
        var endings = new ArrayList<Ending>();
        for (int i = 0; i < orders.size(); i++) {
            String[] parts = lines.get(i).split(BETWEEN, -1);
            String text = new String(Base64.getDecoder().decode(parts[2]), StandardCharsets.UTF_8);
            endings.add(new Ending(orders.get(i), Integer.parseInt(parts[0]), Long.parseLong(parts[1]), text));
        }
        return endings;
    }

    /// In the JVM of their own: reads orders from the first file, writes endings into the second.
    public static void main(String[] files) throws IOException {
        try (var results = new PrintWriter(Files.newBufferedWriter(Path.of(files[1])), true)) {
            for (String line : Files.readAllLines(Path.of(files[0]))) {
                results.println(ending(List.of(line.split(BETWEEN, -1))));
            }
        }
        System.exit(0);
    }

    private static String ending(List<String> order) {
        var os = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long before = os.getProcessCpuTime();
        var text = new StringWriter();
        var out = new PrintWriter(text, true);
        int exitCode = Main.execute(
                order.subList(1, order.size()).toArray(String[]::new),
                new LocalRuns(Path.of("target", "native-cache").toAbsolutePath(), 1, 1L << 33),
                out,
                out,
                Path.of(order.getFirst()));
        long millis = (os.getProcessCpuTime() - before) / 1_000_000;
        byte[] said = text.toString().getBytes(StandardCharsets.UTF_8);
        return exitCode + BETWEEN + millis + BETWEEN + Base64.getEncoder().encodeToString(said);
    }
}
