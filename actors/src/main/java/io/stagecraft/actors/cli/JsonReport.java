package io.stagecraft.actors.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/// One JSON object on one line.
final class JsonReport {
    private JsonReport() {}

    /// Writes the fields of the object.
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    static String of(Fields fields) {
        var text = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a string takes what is written", e);
        }
        return text.toString();
    }
}
