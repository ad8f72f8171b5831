package io.stagecraft.model.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The head of a safetensors file: which tensors lie where.
///
/// A file is: header length (8 bytes, little-endian), header (JSON object, padded with blanks),
/// data. Source: huggingface/safetensors, README, section "Format".
///
/// @param dataOffsetBytes where the data begins in the file
/// @param entries the tensors by name, in the order of their data
/// @param metadata free text by key
record SafetensorsHeader(long dataOffsetBytes, Map<String, Entry> entries, Map<String, String> metadata) {
    static final String METADATA_KEY = "__metadata__";
    static final int LENGTH_BYTES = 8;

    /// Data starts at a multiple of this, so that mapped tensors of one type are aligned.
    private static final int ALIGNMENT_BYTES = 64;

    /// A tensor and where its data begins, in bytes from the start of the file.
    record Entry(TensorSpec spec, long fileOffsetBytes) {}

    /// Lays `tensors` one after another. Errors: [IllegalArgumentException] for two of one name.
    static SafetensorsHeader layOut(List<TensorSpec> tensors, Map<String, String> metadata) {
        long dataOffset = encode(tensors, metadata).length;
        var entries = new LinkedHashMap<String, Entry>();
        long at = dataOffset;
        for (TensorSpec spec : tensors) {
            if (spec.name().equals(METADATA_KEY) || entries.containsKey(spec.name())) {
                throw new IllegalArgumentException("a safetensors file cannot hold two entries of the name "
                        + CheckpointFormatException.printable(spec.name()));
            }
            entries.put(spec.name(), new Entry(spec, at));
            at = Math.addExact(at, spec.sizeBytes());
        }
        return new SafetensorsHeader(dataOffset, entries, Map.copyOf(metadata));
    }

    /// Length, JSON and padding: everything in front of the data.
    byte[] encode() {
        return encode(entries.values().stream().map(Entry::spec).toList(), metadata);
    }

    /// Size of the whole file.
    long fileSizeBytes() {
        long end = dataOffsetBytes;
        for (Entry entry : entries.values()) {
            end += entry.spec().sizeBytes();
        }
        return end;
    }

    private static byte[] encode(List<TensorSpec> tensors, Map<String, String> metadata) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
            json.writeStartObject();
            json.writeObjectFieldStart(METADATA_KEY);
            for (String key : metadata.keySet().stream().sorted().toList()) {
                json.writeStringField(key, metadata.get(key));
            }
            json.writeEndObject();
            long at = 0;
            for (TensorSpec spec : tensors) {
                writeEntry(json, spec, at);
                at = Math.addExact(at, spec.sizeBytes());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write to memory", e);
        }
        int unpadded = LENGTH_BYTES + bytes.size();
        int padded = Math.addExact(unpadded, ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
        byte[] result = new byte[padded];
        ByteBuffer.wrap(result)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded - LENGTH_BYTES)
                .put(bytes.toByteArray());
        Arrays.fill(result, unpadded, padded, (byte) ' ');
        return result;
    }

    private static void writeEntry(JsonGenerator json, TensorSpec spec, long at) throws IOException {
        json.writeObjectFieldStart(spec.name());
        json.writeStringField("dtype", spec.type().name());
        json.writeArrayFieldStart("shape");
        for (long extent : spec.extents()) {
            json.writeNumber(extent);
        }
        json.writeEndArray();
        json.writeArrayFieldStart("data_offsets");
        json.writeNumber(at);
        json.writeNumber(Math.addExact(at, spec.sizeBytes()));
        json.writeEndArray();
        json.writeEndObject();
    }
}
