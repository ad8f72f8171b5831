package io.stagecraft.actors.telemetry;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.reflect.RecordComponent;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/// A run's events as one JSON object a line: `type`, `time`, and the record's components in snake
/// case. Each line is with the operating system before the next event is taken. A file that cannot
/// be written is said once and tried again with each event; when it can be written again, the
/// number of records that are missing is said.
///
/// Numbers that are not finite, for which JSON has no form, are written as the strings `NaN`,
/// `Infinity` and `-Infinity`. Text beyond 65,536 characters is cut.
///
/// Thread: one at a time.
public final class JsonlWriter implements RunEventSink {
    private static final int LONGEST_TEXT = 1 << 16;
    private static final JsonFactory JSON = new JsonFactory();

    private final Path file;
    private final InstantSource clock;
    private final Consumer<String> onFailure;
    private Writer writer;
    private long numMissing;
    private boolean isBroken;

    private JsonlWriter(Path file, InstantSource clock, Consumer<String> onFailure) {
        this.file = file;
        this.clock = clock;
        this.onFailure = onFailure;
        this.writer = Writer.nullWriter();
    }

    /// Opens `file` for appending; makes its folder.
    ///
    /// @param clock of the field `time`
    /// @param onFailure told, in words, when the file cannot be opened or written, and when it can
    ///     again
    public static JsonlWriter open(Path file, InstantSource clock, Consumer<String> onFailure) {
        var jsonl = new JsonlWriter(file, clock, onFailure);
        try {
            jsonl.open();
        } catch (IOException e) {
            jsonl.fail("open", e);
        }
        return jsonl;
    }

    private void open() throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        boolean isCut = endsWithinALine(file);
        writer = Files.newBufferedWriter(
                file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (isCut) {
            writer.write('\n');
        }
    }

    /// Whether a kill or a full disk left a line without its end; the next record must not join it.
    private static boolean endsWithinALine(Path file) throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) == 0) {
            return false;
        }
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer last = ByteBuffer.allocate(1);
            return channel.read(last, channel.size() - 1) == 1 && last.get(0) != '\n';
        }
    }

    @Override
    public void accept(RunEvent event) {
        try {
            if (isBroken) {
                open();
            }
            writer.write(line(event));
            writer.flush();
            works();
        } catch (IOException e) {
            fail("write to", e);
            numMissing++;
            drop();
        }
    }

    @Override
    public void close() {
        try {
            writer.close();
        } catch (IOException e) {
            fail("close", e);
        }
    }

    private void works() {
        if (isBroken) {
            isBroken = false;
            onFailure.accept(file + " is written again; the last " + numMissing + " records are missing in it");
            numMissing = 0;
        }
    }

    private void fail(String action, IOException cause) {
        if (!isBroken) {
            isBroken = true;
            onFailure.accept(
                    "could not " + action + " " + file + ", the run goes on and each record tries again: " + cause);
        }
    }

    /// What the writer still holds belongs to a record that is told as missing.
    private void drop() {
        Writer old = writer;
        writer = Writer.nullWriter();
        try {
            old.close();
        } catch (IOException _) {
            // the failure was told
        }
    }

    private String line(RunEvent event) {
        var line = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("type", snakeCase(event.getClass().getSimpleName()));
            json.writeStringField("time", clock.instant().toString());
            for (RecordComponent component : event.getClass().getRecordComponents()) {
                json.writeFieldName(snakeCase(component.getName()));
                write(json, component.getAccessor().invoke(event));
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a string takes what is written", e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot read " + event.getClass() + ", which is public", e);
        }
        return line.append('\n').toString();
    }

    private static void write(JsonGenerator json, Object value) throws IOException {
        switch (value) {
            case Double number when !Double.isFinite(number) -> json.writeString(number.toString());
            case Double number -> json.writeNumber(number);
            case Integer number -> json.writeNumber(number);
            case Long number -> json.writeNumber(number);
            case Enum<?> constant -> json.writeString(constant.name().toLowerCase(Locale.ROOT));
            case List<?> list -> {
                json.writeStartArray();
                for (Object element : list) {
                    write(json, element);
                }
                json.writeEndArray();
            }
            default -> {
                String text = value.toString();
                json.writeString(text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT));
            }
        }
    }

    private static String snakeCase(String name) {
        return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
    }
}
