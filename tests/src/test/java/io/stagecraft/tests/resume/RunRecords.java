package io.stagecraft.tests.resume;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// The values that a run has told in its JSONL file, whatever starts told them: without times and rates, and
/// without what a start told of steps that a later start did again.
///
/// Numbers are compared as they are written, which is different for different doubles.
///
/// @param values by `type, iteration, ordinal, field`
record RunRecords(Map<String, String> values) {
    private static final Set<String> VALUES = Set.of("step_completed", "evaluated", "sample_generated");
    private static final Set<String> TIMES_AND_RATES = Set.of(
            "time", "elapsed_millis", "elapsed_seconds", "tokens_per_second", "model_flops_per_second", "bubble_share");

    /// Reads `file`. A line that was cut by a kill is left out.
    static RunRecords read(Path file) throws IOException {
        var json = new ObjectMapper();
        var told = new TreeMap<String, JsonNode>();
        for (String line : Files.readAllLines(file)) {
            if (!line.endsWith("}")) {
                continue;
            }
            JsonNode record = json.readTree(line);
            String type = record.get("type").asText();
            if (type.equals("run_resumed")) {
                forgetAfter(record.get("iteration").asLong(), told);
            } else if (VALUES.contains(type)) {
                told.put(key(type, record.get("iteration").asLong(), told), record);
            }
        }
        var values = new TreeMap<String, String>();
        told.forEach((key, record) -> record.fields().forEachRemaining(field -> {
            if (!TIMES_AND_RATES.contains(field.getKey())) {
                values.put(key + field.getKey(), field.getValue().toString());
            }
        }));
        return new RunRecords(values);
    }

    /// How many records of `type` there are.
    long count(String type) {
        return values.keySet().stream()
                .filter(key -> key.startsWith(type) && key.endsWith(" iteration"))
                .count();
    }

    /// An evaluation may happen twice after one step; a sample is told again by each start that comes to the end.
    private static String key(String type, long iteration, Map<String, JsonNode> told) {
        int ordinal = 0;
        String key = "%s %08d/%d ".formatted(type, iteration, ordinal);
        while (!type.equals("sample_generated") && told.containsKey(key)) {
            ordinal++;
            key = "%s %08d/%d ".formatted(type, iteration, ordinal);
        }
        return key;
    }

    private static void forgetAfter(long iteration, Map<String, JsonNode> told) {
        told.values().removeIf(record -> record.get("iteration").asLong() > iteration);
    }
}
