package io.stagecraft.tests.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// One process that measures itself and prints what it found, as JSON, as the last line of its
/// output.
///
/// @param command program and arguments
/// @param environment variables on top of this process's own
record BenchmarkProcess(List<String> command, Map<String, String> environment) {
    private static final int LINES_OF_LOG_TO_SHOW = 20;

    BenchmarkProcess {
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }

    /// Runs it to its end and reads a `found` from its last line. Its output goes to `log`.
    ///
    /// - Errors: [IllegalStateException] with the end of the log if it fails or prints no
    ///   measurement.
    /// - Thread: blocks the caller; an interrupt ends the process.
    <T> T run(Path log, Class<T> found) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.redirectOutput(log.toFile());
        Process process = builder.start();
        try {
            int exit = process.waitFor();
            if (exit != 0) {
                throw failed(log, "it ended with exit code " + exit);
            }
        } finally {
            process.destroy();
        }
        return lastLine(log, found);
    }

    private <T> T lastLine(Path log, Class<T> found) throws IOException {
        List<String> lines = Files.readAllLines(log);
        if (lines.isEmpty()) {
            throw failed(log, "it printed nothing");
        }
        try {
            return new ObjectMapper().readValue(lines.getLast(), found);
        } catch (JsonProcessingException e) {
            throw failed(log, "its last line is no measurement: " + e.getOriginalMessage());
        }
    }

    private IllegalStateException failed(Path log, String why) throws IOException {
        List<String> lines = Files.readAllLines(log);
        String end = lines.stream()
                .skip(Math.max(0, lines.size() - LINES_OF_LOG_TO_SHOW))
                .collect(Collectors.joining("\n  "));
        return new IllegalStateException("a benchmark process failed: " + why + "\ncommand: "
                + String.join(" ", command) + "\nlog: " + log + ", which ends with\n  " + end);
    }
}
