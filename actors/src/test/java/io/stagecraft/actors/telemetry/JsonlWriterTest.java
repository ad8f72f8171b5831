package io.stagecraft.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The file of records. Oracle: Jackson's parser.
class JsonlWriterTest {
    private static final InstantSource CLOCK = InstantSource.fixed(Instant.parse("2026-01-02T03:04:05Z"));

    private final List<String> failures = new ArrayList<>();

    @TempDir
    private Path folder = Path.of("");

    @Test
    void shouldWriteOneObjectALineInSnakeCase() throws IOException {
        Path file = folder.resolve("new folder/metrics.jsonl");
        try (JsonlWriter writer = open(file)) {
            writer.accept(
                    new RunEvent.StepCompleted(1, 2, 16, 250, 2e-3, 16, 4.5, 1.5, 8000, 4e10, 0.25, 0, 0, 4.5, 0));
            writer.accept(new RunEvent.Evaluated(2, 1.5, 4.48, 1.25, 8192));
        }
        List<JsonNode> records = records(file);
        assertThat(records).hasSize(2);
        assertThat(records.getFirst().get("type").textValue()).isEqualTo("step_completed");
        assertThat(records.getFirst().get("time").textValue()).isEqualTo("2026-01-02T03:04:05Z");
        assertThat(records.getFirst().get("lm_loss").doubleValue()).isEqualTo(4.5);
        assertThat(records.getFirst().get("consumed_samples").longValue()).isEqualTo(16);
        assertThat(records.getLast().get("nats_per_character").doubleValue()).isEqualTo(1.25);
        assertThat(records.getLast().get("occasion").textValue()).isEqualTo("interval");
    }

    @Test
    void shouldNotJoinALineThatAKillHasCut() throws IOException {
        Path file = Files.writeString(folder.resolve("metrics.jsonl"), "{\"type\":\"step_com");
        try (JsonlWriter writer = open(file)) {
            writer.accept(new RunEvent.RunCompleted(2, 1.5));
        }
        assertThat(Files.readAllLines(file)).hasSize(2).last().asString().startsWith("{\"type\":\"run_completed\"");
    }

    @Test
    void shouldBeReadableWhileItIsWritten() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        try (JsonlWriter writer = open(file)) {
            writer.accept(new RunEvent.RunCompleted(2, 1.5));
            assertThat(records(file)).hasSize(1);
        }
    }

    @Test
    void shouldAppendToWhatIsThere() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        for (int run = 0; run < 2; run++) {
            try (JsonlWriter writer = open(file)) {
                writer.accept(new RunEvent.RunCompleted(2, 1.5));
            }
        }
        assertThat(records(file)).hasSize(2);
    }

    @Test
    void shouldKeepTextListsAndNumbersThatJsonHasNot() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        try (JsonlWriter writer = open(file)) {
            writer.accept(new RunEvent.RunFailed(3, "stage \"1\"\n", "ü", List.of("a", "b")));
            writer.accept(new RunEvent.Evaluated(2, Double.NaN, Double.POSITIVE_INFINITY, 1, 1));
        }
        List<JsonNode> records = records(file);
        assertThat(records.getFirst().get("where").textValue()).isEqualTo("stage \"1\"\n");
        assertThat(records.getFirst().get("followers")).hasSize(2);
        assertThat(records.getLast().get("lm_loss").textValue()).isEqualTo("NaN");
        assertThat(records.getLast().get("perplexity").textValue()).isEqualTo("Infinity");
    }

    @Test
    void shouldCutTextWithoutBound() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        try (JsonlWriter writer = open(file)) {
            writer.accept(new RunEvent.SampleGenerated(3, "", "x".repeat(100_000), 1));
        }
        assertThat(records(file).getFirst().get("text").textValue()).hasSize(65_536);
    }

    @Test
    void shouldSayOnceThatTheFileCannotBeOpened() {
        try (JsonlWriter writer = open(folder)) {
            writer.accept(new RunEvent.RunCompleted(2, 1.5));
            writer.accept(new RunEvent.RunCompleted(2, 1.5));
        }
        assertThat(failures).singleElement().asString().startsWith("could not open " + folder);
    }

    @Test
    void shouldSayOnceThatTheDeviceIsFull() {
        Path full = Path.of("/dev/full");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(full), "this system has no /dev/full");
        try (JsonlWriter writer = open(full)) {
            writer.accept(new RunEvent.RunCompleted(2, 1.5));
            writer.accept(new RunEvent.RunCompleted(2, 1.5));
        }
        assertThat(failures).singleElement().asString().startsWith("could not write to /dev/full");
    }

    @Test
    void shouldGoOnWhenTheDeviceHasRoomAgain() throws IOException {
        Path full = Path.of("/dev/full");
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(full), "this system has no /dev/full");
        Path link = Files.createSymbolicLink(folder.resolve("metrics.jsonl"), full);
        try (JsonlWriter writer = open(link)) {
            writer.accept(new RunEvent.RunCompleted(2, 1.5));
            writer.accept(new RunEvent.RunCompleted(3, 1.5));
            Files.delete(link);
            Files.writeString(link, "{\"cut");
            writer.accept(new RunEvent.RunCompleted(4, 1.5));
            writer.accept(new RunEvent.RunCompleted(5, 1.5));
        }
        assertThat(Files.readAllLines(link)).hasSize(3).element(1).asString().contains("\"iteration\":4");
        assertThat(failures).hasSize(2).last().asString().endsWith("the last 2 records are missing in it");
    }

    private JsonlWriter open(Path file) {
        return JsonlWriter.open(file, CLOCK, failures::add);
    }

    private static List<JsonNode> records(Path file) throws IOException {
        var records = new ArrayList<JsonNode>();
        for (String line : Files.readAllLines(file)) {
            records.add(new ObjectMapper().readTree(line));
        }
        return records;
    }
}
