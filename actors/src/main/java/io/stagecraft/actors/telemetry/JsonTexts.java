package io.stagecraft.actors.telemetry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/// Generated texts as one JSON object, printed when they have been timed: `texts` with `prompt`,
/// `text`, `tokens`, `prompt_tokens` and, where there are some, `log_probabilities` and `score`;
/// `timing`.
///
/// Thread: one at a time.
public final class JsonTexts implements RunEventSink {
    private static final JsonFactory JSON = new JsonFactory();

    private final PrintWriter out;
    private final List<RunEvent.SampleGenerated> samples = new ArrayList<>();

    /// Prints to `out`, which stays open.
    public JsonTexts(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void accept(RunEvent event) {
        if (event instanceof RunEvent.SampleGenerated sample) {
            samples.add(sample);
        } else if (event instanceof RunEvent.GenerationTimed timed) {
            out.println(json(timed));
            out.flush();
        }
    }

    @Override
    public void close() {
        out.flush();
    }

    private String json(RunEvent.GenerationTimed timed) {
        var text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeArrayFieldStart("texts");
            for (RunEvent.SampleGenerated sample : samples) {
                write(json, sample);
            }
            json.writeEndArray();
            json.writeObjectFieldStart("timing");
            json.writeNumberField("prompt_tokens", timed.promptTokens());
            json.writeNumberField("prompt_seconds", timed.promptSeconds());
            json.writeNumberField("steps", timed.steps());
            json.writeNumberField("step_seconds", timed.stepSeconds());
            json.writeEndObject();
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a string takes what is written", e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator json, RunEvent.SampleGenerated sample) throws IOException {
        json.writeStartObject();
        json.writeStringField("prompt", sample.prompt());
        json.writeStringField("text", sample.text());
        json.writeFieldName("tokens");
        json.writeArray(
                sample.tokens().stream().mapToInt(Integer::intValue).toArray(),
                0,
                sample.tokens().size());
        json.writeNumberField("prompt_tokens", sample.promptTokens());
        if (!sample.logProbabilities().isEmpty()) {
            double[] all = sample.logProbabilities().stream()
                    .mapToDouble(Double::doubleValue)
                    .toArray();
            json.writeFieldName("log_probabilities");
            json.writeArray(all, 0, all.length);
        }
        if (!Double.isNaN(sample.score())) {
            json.writeNumberField("score", sample.score());
        }
        json.writeEndObject();
    }
}
