package io.stagecraft.model.checkpoint.pickle;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The entries of a zip file and where their bytes lie. Nothing is ever unpacked to a path.
///
/// Refused: names that leave the folder, two entries of one name or in one place, encryption, more
/// than one disk, entries that do not lie in the file.
///
/// Source: PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 to 4.3.16 and 4.5.3.
final class ZipEntries {
    private static final long END = 0x06054b50;
    private static final long END_64 = 0x06064b50;
    private static final long LOCATOR_64 = 0x07064b50;
    private static final long CENTRAL = 0x02014b50;
    private static final long LOCAL = 0x04034b50;
    private static final int END_BYTES = 22;
    private static final int END_64_BYTES = 56;
    private static final int LOCATOR_64_BYTES = 20;
    private static final int CENTRAL_BYTES = 46;
    private static final int LOCAL_BYTES = 30;
    private static final int MAX_COMMENT_BYTES = 0xFFFF;
    private static final long IN_EXTRA_FIELD = 0xFFFFFFFFL;
    private static final int EXTRA_64 = 1;
    private static final int ENCRYPTED = 1;

    private final ByteRange file;
    private final ZipLimits limits;
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /// An entry as the directory describes it.
    ///
    /// @param method 0 for stored, 8 for deflated
    /// @param crc32 sum of the unpacked bytes
    /// @param packed its bytes as they lie in the file
    /// @param sizeBytes unpacked
    record Entry(int method, long crc32, ByteRange packed, long sizeBytes) {}

    private record Directory(long offset, long size, long count) {}

    private record Sizes(long packed, long unpacked, long header) {}

    private ZipEntries(ByteRange file, ZipLimits limits) {
        this.file = file;
        this.limits = limits;
    }

    /// Whether `file` begins like a zip file.
    static boolean isZip(ByteRange file) {
        return file.size() >= 4 && (file.u32(0) == LOCAL || file.u32(0) == END);
    }

    /// The entries of `file` by name, in the order of its directory.
    static Map<String, Entry> read(ByteRange file, ZipLimits limits) {
        var reader = new ZipEntries(file, limits);
        reader.readDirectory();
        reader.requireApart();
        return Collections.unmodifiableMap(reader.entries);
    }

    private Directory directory() {
        long at = end();
        long count = file.u16(at + 10);
        long size = file.u32(at + 12);
        long offset = file.u32(at + 16);
        if (file.u16(at + 4) != 0 && file.u16(at + 4) != 0xFFFF) {
            throw file.fault("end of zip directory", at + 4, "a zip file of several disks");
        }
        boolean is64 = at >= LOCATOR_64_BYTES && file.u32(at - LOCATOR_64_BYTES) == LOCATOR_64;
        if (is64) {
            long at64 = file.i64(at - LOCATOR_64_BYTES + 8);
            file.require("zip64 end of directory", at64, END_64_BYTES);
            if (file.u32(at64) != END_64) {
                throw file.fault("zip64 end of directory", at64, "expected its signature");
            }
            count = file.i64(at64 + 32);
            size = file.i64(at64 + 40);
            offset = file.i64(at64 + 48);
        }
        if (count < 0 || count > limits.maxEntries()) {
            throw file.fault(
                    "end of zip directory",
                    at,
                    Long.toUnsignedString(count) + " entries, the limit is " + limits.maxEntries());
        }
        file.require("zip directory", offset, size);
        return new Directory(offset, size, count);
    }

    private long end() {
        long last = file.size() - END_BYTES;
        for (long at = last; at >= Math.max(0, last - MAX_COMMENT_BYTES); at--) {
            if (file.u32(at) == END && at + END_BYTES + file.u16(at + 20) == file.size()) {
                return at;
            }
        }
        throw file.fault(
                "end of zip directory", Math.max(0, file.size()), "not found: the file was cut short or is damaged");
    }

    private void readDirectory() {
        Directory directory = directory();
        long at = directory.offset();
        long end = directory.offset() + directory.size();
        for (long i = 0; i < directory.count(); i++) {
            if (end - at < CENTRAL_BYTES || file.u32(at) != CENTRAL) {
                throw file.fault("zip directory", at, "expected entry " + i + " of " + directory.count());
            }
            int nameBytes = file.u16(at + 28);
            int extraBytes = file.u16(at + 30);
            long next = at + CENTRAL_BYTES + nameBytes + extraBytes + file.u16(at + 32);
            if (next > end) {
                throw file.fault("zip directory", at, "entry " + i + " goes beyond the directory");
            }
            String name = name(at, nameBytes);
            if (entries.put(name, entry(name, at, nameBytes, extraBytes)) instanceof Entry) {
                throw file.fault("zip directory", at, "a second entry " + new PickleValue.Text(name));
            }
            at = next;
        }
        if (at != end) {
            throw file.fault("zip directory", at, (end - at) + " bytes behind its last entry");
        }
    }

    private String name(long at, int length) {
        if (length == 0 || length > limits.maxNameBytes()) {
            throw file.fault(
                    "zip directory", at, "a name of " + length + " bytes, the limit is " + limits.maxNameBytes());
        }
        byte[] bytes = new byte[length];
        MemorySegment.copy(file.bytes(), ValueLayout.JAVA_BYTE, at + CENTRAL_BYTES, bytes, 0, length);
        String name;
        try {
            name = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw file.fault("zip directory", at, "a name that is not UTF-8");
        }
        boolean leaves = name.startsWith("/")
                || name.indexOf('\\') >= 0
                || name.indexOf('\0') >= 0
                || name.indexOf(':') >= 0
                || List.of(name.split("/")).contains("..");
        if (leaves) {
            throw file.fault("zip directory", at, "the name " + new PickleValue.Text(name) + " leaves the folder");
        }
        return name;
    }

    private Entry entry(String name, long at, int nameBytes, int extraBytes) {
        int method = file.u16(at + 10);
        if ((file.u16(at + 8) & ENCRYPTED) != 0 || method != 0 && method != 8) {
            throw file.fault(
                    "zip entry " + new PickleValue.Text(name),
                    at,
                    "encrypted or compressed by method " + method + "; only stored and deflated ones are read");
        }
        Sizes sizes = sizes(name, at, at + CENTRAL_BYTES + nameBytes, extraBytes);
        String label = "zip entry " + new PickleValue.Text(name);
        file.require(label, sizes.header(), LOCAL_BYTES);
        if (file.u32(sizes.header()) != LOCAL || file.u16(sizes.header() + 26) != nameBytes) {
            throw file.fault(label, sizes.header(), "its header is not where the directory says");
        }
        long data = sizes.header() + LOCAL_BYTES + nameBytes + file.u16(sizes.header() + 28);
        file.require(label, data, sizes.packed());
        if (method == 0 && sizes.packed() != sizes.unpacked()) {
            throw file.fault(label, at, "stored, but " + sizes.packed() + " bytes become " + sizes.unpacked());
        }
        return new Entry(method, file.u32(at + 16), file.slice(label, data, sizes.packed()), sizes.unpacked());
    }

    private Sizes sizes(String name, long at, long extraAt, int extraBytes) {
        List<Long> fields = new ArrayList<>(
                List.of(file.u32(at + 24), file.u32(at + 20), file.u32(at + 42))); // unpacked, packed, header
        long field = extraAt;
        long end = extraAt + extraBytes;
        while (end - field >= 4) {
            int length = file.u16(field + 2);
            if (file.u16(field) == EXTRA_64) {
                long from = field + 4;
                for (int i = 0; i < 3; i++) {
                    if (fields.get(i) == IN_EXTRA_FIELD && from + 8 <= Math.min(end, field + 4 + length)) {
                        fields.set(i, file.i64(from));
                        from += 8;
                    }
                }
            }
            field += 4 + length;
        }
        for (long value : fields) {
            if (value < 0) {
                throw file.fault("zip entry " + new PickleValue.Text(name), at, "a size or offset beyond 63 bits");
            }
        }
        return new Sizes(fields.get(1), fields.get(0), fields.get(2));
    }

    private void requireApart() {
        List<Entry> sorted = entries.values().stream()
                .sorted(Comparator.comparingLong((Entry entry) -> entry.packed().startBytes())
                        .thenComparingLong(entry -> entry.packed().size()))
                .toList();
        long end = 0;
        for (Entry entry : sorted) {
            if (entry.packed().startBytes() < end) {
                throw entry.packed().fault("data", 0, "lies where another entry is");
            }
            end = entry.packed().startBytes() + entry.packed().size();
        }
    }
}
