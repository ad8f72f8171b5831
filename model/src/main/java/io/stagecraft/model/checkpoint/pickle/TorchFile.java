package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.pickle.PickleValue.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/// A file of `torch.save`, zip or the older stream, mapped into memory for reading.
///
/// The object is inert data; tensors are views of the mapped file, checked to lie in it before this
/// is open, and cost no heap. A file inside another zip, as NVIDIA gives GPT2-345M away, is read
/// where it lies if it is stored, and unpacked to memory outside the heap if it is compressed.
///
/// - Errors: [CheckpointFormatException] with file, field and byte; [UncheckedIOException] if it
///   cannot be read.
/// - Thread: any, several at once; access after [#close] throws.
/// - Source: PyTorch, `torch/serialization.py`.
public final class TorchFile implements AutoCloseable {
    private static final String PICKLE = "/data.pkl";

    private final Path path;
    private final Arena arena;
    private final StorageTable storages = new StorageTable();
    private final PickleValue root;

    private TorchFile(ByteRange range, PickleLimits limits, Arena arena) {
        path = range.file();
        this.arena = arena;
        root = ZipEntries.isZip(range) ? loadZip(range, limits) : new LegacyStream(range, limits, storages).load();
    }

    /// Opens `path` with the default limits. The caller closes it.
    public static TorchFile open(Path path) {
        return open(path, PickleLimits.defaults());
    }

    /// Opens `path`. The caller closes it.
    public static TorchFile open(Path path, PickleLimits limits) {
        return opened(path, arena -> new TorchFile(map(path, arena), limits, arena));
    }

    /// Opens the file `entry` in the zip file `zip`. The caller closes it.
    ///
    /// - Errors: [IllegalArgumentException] if there is no such entry.
    public static TorchFile openInside(Path zip, String entry) {
        return opened(zip, arena -> {
            Map<String, ZipEntries.Entry> entries = ZipEntries.read(map(zip, arena), ZipLimits.defaults());
            if (!entries.containsKey(entry)) {
                throw new IllegalArgumentException(zip + " has no entry " + entry);
            }
            ByteRange range = ZipInflater.unpack(entries.get(entry), ZipLimits.defaults(), arena);
            return new TorchFile(range, PickleLimits.defaults(), arena);
        });
    }

    /// Names of the entries of the zip file `zip`; empty if it is none.
    public static List<String> entries(Path zip) {
        try (Arena arena = Arena.ofConfined()) {
            ByteRange file = map(zip, arena);
            return ZipEntries.isZip(file)
                    ? List.copyOf(ZipEntries.read(file, ZipLimits.defaults()).keySet())
                    : List.of();
        }
    }

    private interface Opening {
        TorchFile in(Arena arena);
    }

    private static TorchFile opened(Path path, Opening opening) {
        Arena arena = Arena.ofShared();
        try {
            return opening.in(arena);
        } catch (RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    private static ByteRange map(Path path, Arena arena) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
            return new ByteRange(path, "", bytes, 0);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    private PickleValue loadZip(ByteRange range, PickleLimits limits) {
        Map<String, ZipEntries.Entry> entries = ZipEntries.read(range, ZipLimits.defaults());
        String name = entries.keySet().stream()
                .filter(entry -> entry.endsWith(PICKLE) && entry.indexOf('/') == entry.length() - PICKLE.length())
                .findFirst()
                .orElseThrow(() -> range.fault("zip directory", 0, "no entry */data.pkl: not a file of torch.save"));
        String folder = name.substring(0, name.length() - PICKLE.length());
        if (entries.containsKey(folder + "/byteorder")) {
            requireLittle(stored(entries, folder + "/byteorder", range));
        }
        ByteRange pickle = stored(entries, name, range);
        var in = new PickleInput(pickle, limits);
        PickleValue object = Unpickler.load(in, limits, storages);
        if (in.position() != pickle.size()) {
            throw pickle.fault("end", in.position(), (pickle.size() - in.position()) + " bytes behind the pickle");
        }
        for (Storage storage : storages.mentioned().values()) {
            ByteRange bytes = stored(entries, folder + "/data/" + storage.key(), range);
            if (bytes.size() != storage.numElements() * storage.type().sizeBytes()) {
                throw bytes.fault("size", 0, bytes.size() + " bytes, but the pickle says " + storage);
            }
            storages.place(storage, bytes.bytes());
        }
        return object;
    }

    private static void requireLittle(ByteRange order) {
        byte[] little = "little".getBytes(StandardCharsets.US_ASCII);
        if (order.bytes().mismatch(MemorySegment.ofArray(little)) != -1) {
            throw order.fault("byte order", 0, "expected little");
        }
    }

    private static ByteRange stored(Map<String, ZipEntries.Entry> entries, String name, ByteRange file) {
        if (!entries.containsKey(name)) {
            throw file.fault("zip directory", 0, "no entry " + new PickleValue.Text(name));
        }
        ZipEntries.Entry entry = entries.get(name);
        if (entry.method() != 0) {
            throw entry.packed().fault("method", 0, "is compressed, which torch.save never does");
        }
        return entry.packed();
    }

    /// Where it lies.
    public Path path() {
        return path;
    }

    /// The object that was saved.
    public PickleValue root() {
        return root;
    }

    /// The elements of a tensor of [#root].
    ///
    /// - Errors: [IllegalArgumentException] if it is another file's.
    public StridedTensor tensor(PickleValue.Tensor tensor) {
        return new StridedTensor(tensor, storages.bytes(tensor.storage()));
    }

    @Override
    public void close() {
        arena.close();
    }
}
