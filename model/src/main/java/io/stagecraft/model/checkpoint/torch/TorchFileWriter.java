package io.stagecraft.model.checkpoint.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/// Writes what `torch.load` reads: a zip with the pickle, each storage as an entry, and the
/// version.
///
/// Storages are asked for one after another, so that memory for the largest one is enough.
///
/// - Errors: [UncheckedIOException] naming the file.
/// - Thread: any; a call owns its file.
/// - Source: PyTorch 1.13, `torch/serialization.py`, `_save`.
public final class TorchFileWriter {
    private static final String VERSION = "3\n";

    private TorchFileWriter() {}

    /// A new file at `file` with `root`, on the disk when this returns.
    ///
    /// @param progress is told the bytes of each storage that was written
    public static void write(Path file, PickleItem root, LongConsumer progress) {
        var pickle = new PickleWriter();
        byte[] bytes = pickle.write(root);
        List<TorchStorage> storages = pickle.storages();
        long largest =
                storages.stream().mapToLong(TorchStorage::sizeBytes).max().orElse(0);
        String folder = folder(file);
        try (StoredZipWriter zip = StoredZipWriter.create(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.max(1, largest), Long.BYTES);
            zip.add(folder + "/data.pkl", MemorySegment.ofArray(bytes));
            for (int i = 0; i < storages.size(); i++) {
                MemorySegment content = buffer.asSlice(0, storages.get(i).sizeBytes());
                storages.get(i).fill(content);
                zip.add(folder + "/data/" + i, content);
                progress.accept(content.byteSize());
            }
            zip.add(folder + "/version", MemorySegment.ofArray(VERSION.getBytes(StandardCharsets.US_ASCII)));
            zip.finish();
        }
    }

    /// PyTorch calls the folder inside as the file without its ending.
    private static String folder(Path file) {
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }
}
