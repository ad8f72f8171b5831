package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEventSink;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes the result of a benchmark as a JSON object.
///
/// @param file is replaced
/// @param err is told if it cannot be written
record ScoreFile(Path file, PrintWriter err) implements RunEventSink {
    @Override
    public void accept(RunEvent event) {
        switch (event) {
            case RunEvent.PerplexityMeasured it ->
                write(JsonReport.of(json -> {
                    json.writeStringField("benchmark", it.benchmark());
                    json.writeNumberField("avg_loss", it.avgLoss());
                    json.writeNumberField("ppl", it.ppl());
                    json.writeNumberField("adjusted_ppl", it.adjustedPpl());
                    json.writeNumberField("token_ratio", it.tokenRatio());
                    json.writeNumberField("num_original_tokens", it.numOriginalTokens());
                    json.writeNumberField("num_tokenized_tokens", it.numTokenizedTokens());
                }));
            case RunEvent.AccuracyMeasured it ->
                write(JsonReport.of(json -> {
                    json.writeStringField("benchmark", it.benchmark());
                    json.writeNumberField("number_correct", it.numberCorrect());
                    json.writeNumberField("total_examples", it.totalExamples());
                    json.writeNumberField("accuracy", it.accuracy());
                }));
            case RunEvent _ -> {}
        }
    }

    private void write(String json) {
        try {
            Files.writeString(file, json + "\n");
        } catch (IOException e) {
            err.println("stagecraft: the result could not be written to " + file + ": " + e);
        }
    }

    @Override
    public void close() {}
}
