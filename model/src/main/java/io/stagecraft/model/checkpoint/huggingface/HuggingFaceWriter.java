package io.stagecraft.model.checkpoint.huggingface;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.SafetensorsWriter;
import io.stagecraft.model.checkpoint.torch.PickleItem;
import io.stagecraft.model.checkpoint.torch.TorchFileWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/// Writes a GPT-2 as Hugging Face's tools read it: `config.json`, the weights, and an index if they
/// are in several files.
///
/// - Errors: [UncheckedIOException] naming the file.
/// - Thread: any; a call owns its folder.
public final class HuggingFaceWriter {
    private final ModelSource source;
    private final HuggingFaceForm form;

    /// A writer of the model of `source`, which is borrowed.
    public HuggingFaceWriter(ModelSource source, HuggingFaceForm form) {
        this.source = source;
        this.form = form;
    }

    /// Bytes of all tensors.
    public long sizeBytes() {
        return WrittenTensor.of(source).stream()
                .mapToLong(tensor -> tensor.spec().sizeBytes())
                .sum();
    }

    /// Writes into `folder`, which is there.
    ///
    /// @param progress is told the bytes of each tensor that was written
    public void write(Path folder, LongConsumer progress) {
        List<List<WrittenTensor>> shards = shards();
        var places = new LinkedHashMap<String, String>();
        for (int shard = 0; shard < shards.size(); shard++) {
            String file = form.fileName(shard, shards.size());
            shards.get(shard).forEach(tensor -> places.put(tensor.spec().name(), file));
            write(folder.resolve(file), shards.get(shard), progress);
        }
        if (shards.size() > 1) {
            json(folder.resolve(form.indexName()), index(places));
        }
        json(folder.resolve(HuggingFaceFolder.CONFIG), HuggingFaceGpt2Config.write(source.model()));
    }

    private List<List<WrittenTensor>> shards() {
        var shards = new ArrayList<List<WrittenTensor>>();
        long bytes = Long.MAX_VALUE;
        for (WrittenTensor tensor : WrittenTensor.of(source)) {
            long size = tensor.spec().sizeBytes();
            if (shards.isEmpty() || bytes + size > form.maxShardBytes()) {
                shards.add(new ArrayList<>());
                bytes = 0;
            }
            shards.getLast().add(tensor);
            bytes += size;
        }
        return shards;
    }

    private Map<String, Object> index(Map<String, String> places) {
        var index = new LinkedHashMap<String, Object>();
        index.put("metadata", Map.of("total_size", sizeBytes()));
        index.put("weight_map", places);
        return index;
    }

    private void write(Path file, List<WrittenTensor> tensors, LongConsumer progress) {
        switch (form.files()) {
            case SAFETENSORS -> safetensors(file, tensors, progress);
            case TORCH -> torch(file, tensors, progress);
        }
    }

    private static void safetensors(Path file, List<WrittenTensor> tensors, LongConsumer progress) {
        long largest = tensors.stream()
                .mapToLong(tensor -> tensor.spec().sizeBytes())
                .max()
                .orElse(0);
        try (var writer = SafetensorsWriter.create(
                        file, tensors.stream().map(WrittenTensor::spec).toList(), Map.of("format", "pt"));
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(Math.max(1, largest), Long.BYTES);
            for (WrittenTensor tensor : tensors) {
                MemorySegment content = buffer.asSlice(0, tensor.spec().sizeBytes());
                tensor.storage().fill(content);
                writer.write(tensor.spec().name(), content);
                progress.accept(content.byteSize());
            }
            writer.finish();
        }
    }

    private static void torch(Path file, List<WrittenTensor> tensors, LongConsumer progress) {
        var state = new LinkedHashMap<String, PickleItem>();
        for (WrittenTensor tensor : tensors) {
            state.put(
                    tensor.spec().name(),
                    new PickleItem.TensorValue(tensor.storage(), tensor.spec().extents()));
        }
        TorchFileWriter.write(file, PickleItem.dictionary(state), progress);
    }

    private static void json(Path file, Map<String, Object> values) {
        try {
            Files.write(
                    file,
                    new ObjectMapper()
                            .enable(SerializationFeature.INDENT_OUTPUT)
                            .writeValueAsBytes(values));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + e, e);
        }
    }
}
