package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.telemetry.RunEventSink;
import io.stagecraft.actors.train.WritableFolder;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/// Writes the result of a benchmark as a JSON object.
///
/// Thread: one at a time; [#isFailed] once the run has ended.
final class ScoreFile implements RunEventSink {
    private final Path file;
    private final PrintWriter err;
    private boolean isFailed;

    private ScoreFile(Path file, PrintWriter err) {
        this.file = file;
        this.err = err;
    }

    /// Will replace `file`; `err` is told if it cannot be written.
    ///
    /// - Errors: [IllegalArgumentException] if that is known already.
    static ScoreFile of(Path file, PrintWriter err) {
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException("--json " + file + " is a folder");
        }
        WritableFolder.require("the folder of --json", folder(file));
        return new ScoreFile(file, err);
    }

    private static Path folder(Path file) {
        return file.toAbsolutePath().normalize().getParent();
    }

    /// Whether the result could not be written.
    boolean isFailed() {
        return isFailed;
    }

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
            Files.createDirectories(folder(file));
            Files.writeString(file, json + "\n");
        } catch (IOException e) {
            isFailed = true;
            err.println("stagecraft: the result could not be written to " + file + ": " + e);
        }
    }

    @Override
    public void close() {}
}
