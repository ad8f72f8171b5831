package io.stagecraft.model.checkpoint.pickle;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Files as `torch.save` lays them out, by the JDK's zip writer.
public final class TorchBytes {
    private TorchBytes() {}

    /// A zip file of stored entries.
    public static byte[] stored(Map<String, byte[]> entries) {
        return zip(entries, ZipEntry.STORED);
    }

    /// A zip file of compressed entries.
    public static byte[] deflated(Map<String, byte[]> entries) {
        return zip(entries, ZipEntry.DEFLATED);
    }

    private static byte[] zip(Map<String, byte[]> entries, int method) {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            for (var content : entries.entrySet()) {
                var entry = new ZipEntry(content.getKey());
                entry.setMethod(method);
                if (method == ZipEntry.STORED) {
                    var sum = new CRC32();
                    sum.update(content.getValue());
                    entry.setSize(content.getValue().length);
                    entry.setCrc(sum.getValue());
                }
                zip.putNextEntry(entry);
                zip.write(content.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// The format since 1.6.
    public static byte[] zip(byte[] pickle, Map<String, byte[]> storages) {
        var entries = new LinkedHashMap<String, byte[]>();
        entries.put("archive/data.pkl", pickle);
        storages.forEach((key, data) -> entries.put("archive/data/" + key, data));
        entries.put("archive/version", "3\n".getBytes(StandardCharsets.US_ASCII));
        return stored(entries);
    }

    /// The format before; `elementBytes` of all storages.
    public static byte[] stream(byte[] pickle, Map<String, byte[]> storages, int elementBytes) {
        var bytes = new ByteArrayOutputStream();
        byte[] magic = new BigInteger("1950a86a20f9469cfc6c", 16).toByteArray();
        var first = PickleBytes.begin().raw(0x8a, magic.length);
        for (int i = magic.length - 1; i >= 0; i--) {
            first.raw(magic[i] & 0xFF);
        }
        bytes.writeBytes(first.raw('.').bytes());
        bytes.writeBytes(PickleBytes.of(1001));
        bytes.writeBytes(PickleBytes.of(Map.of("protocol_version", 1001, "little_endian", true)));
        bytes.writeBytes(pickle);
        bytes.writeBytes(PickleBytes.of(List.copyOf(storages.keySet())));
        storages.values().forEach(data -> {
            bytes.writeBytes(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(data.length / elementBytes)
                    .array());
            bytes.writeBytes(data);
        });
        return bytes.toByteArray();
    }

    /// Single-precision numbers.
    public static byte[] floats(double... values) {
        var bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (double value : values) {
            bytes.putFloat((float) value);
        }
        return bytes.array();
    }
}
