package io.stagecraft.model.checkpoint.huggingface;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/// A GPT-2 in Hugging Face's files as a [ModelSource].
///
/// Matrices of linear layers are stored there as `[in, out]` and the fused projection in another
/// order; both are turned while a part is copied.
///
/// - Errors: [CheckpointFormatException] if a tensor's extents do not fit `config.json`.
/// - Thread: any, several ranks at once; access after [#close] throws.
/// - Source: Hugging Face, `modeling_gpt2.py`, `Conv1D`.
public final class HuggingFaceModel implements ModelSource {
    private static final String PREFIX = "transformer.";
    private static final String WORDS = "wte.weight";

    private final Path folder;
    private final GptConfig config;
    private final HuggingFaceTensors tensors;

    private HuggingFaceModel(Path folder, GptConfig config, HuggingFaceTensors tensors) {
        this.folder = folder;
        this.config = config;
        this.tensors = tensors;
    }

    /// Whether `path` is a folder with a `config.json`.
    public static boolean isAt(Path path) {
        return HuggingFaceFolder.isOne(path);
    }

    /// Opens the model in `folder`: `config.json` beside `model.safetensors` or
    /// `pytorch_model.bin`, each whole or in shards with an index. The caller closes it.
    public static HuggingFaceModel open(Path folder) {
        HuggingFaceFolder files = new HuggingFaceFolder(folder);
        GptConfig described = files.config();
        HuggingFaceTensors tensors = files.openTensors();
        try {
            return of(folder, described, tensors);
        } catch (RuntimeException e) {
            tensors.close();
            throw e;
        }
    }

    /// Takes ownership of `tensors` when it returns.
    private static HuggingFaceModel of(Path folder, GptConfig described, HuggingFaceTensors tensors) {
        var model = new HuggingFaceModel(folder, described, tensors);
        if (described.numLayers() > tensors.count()) {
            throw model.fault("n_layer", described.numLayers() + " layers in " + tensors.count() + " tensors");
        }
        StoredTensor words = model.stored(WORDS)
                .orElseThrow(() -> model.fault(WORDS, "is not there: these are not the weights of a GPT-2"));
        List<Long> extents = words.spec().extents();
        if (extents.size() != 2 || extents.get(0) < described.vocabSize() || extents.get(0) > Integer.MAX_VALUE) {
            throw model.fault(
                    WORDS, "expected at least " + described.vocabSize() + " rows but its extents are " + extents);
        }
        return new HuggingFaceModel(
                folder,
                described.withVocabulary(
                        described.vocabSize(), extents.getFirst().intValue()),
                tensors);
    }

    @Override
    public Path path() {
        return folder;
    }

    @Override
    public GptConfig model() {
        return config;
    }

    /// Weights alone: no step is known.
    @Override
    public Progress progress() {
        return new Progress(0, 0, 0, 0);
    }

    @Override
    public Optional<TensorSpec> find(String name) {
        return HuggingFaceGpt2Names.find(name)
                .flatMap(this::stored)
                .map(stored -> new TensorSpec(name, stored.spec().type(), extents(name, stored)));
    }

    @Override
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        StoredTensor stored = HuggingFaceGpt2Names.find(name)
                .flatMap(this::stored)
                .orElseThrow(() -> new IllegalArgumentException(
                        folder + " has no tensor for " + CheckpointFormatException.printable(name)));
        Shape global = new TensorSpec(name, stored.spec().type(), extents(name, stored)).shape();
        Shape local = partition.localShape(global);
        long bytes = local.numElements() * stored.spec().type().sizeBytes();
        if (destination.byteSize() != bytes) {
            throw new IllegalArgumentException("reading " + partition + " of " + stored.spec() + " from " + folder
                    + ": the destination has " + destination.byteSize() + " bytes but the part has " + bytes);
        }
        copy(name, partition, local, stored).run(stored.spec().type(), stored.bytes(), destination);
    }

    private StridedCopy copy(String name, TensorPartition partition, Shape local, StoredTensor stored) {
        boolean transposed = HuggingFaceGpt2Names.isTransposed(name);
        long rowStride = stored.strides().get(transposed ? 1 : 0);
        long columnStride = local.rank() == 1 ? 1 : stored.strides().get(transposed ? 0 : 1);
        long firstRow = 0;
        long firstColumn = 0;
        if (partition instanceof TensorPartition.Split(int dim, int rank, int _)) {
            firstRow = dim == 0 ? rank * local.d0() : 0;
            firstColumn = dim == 1 ? rank * local.d1() : 0;
        }
        return new StridedCopy(
                offsets(firstRow, local.d0(), row -> order(name).applyAsLong(row) * rowStride),
                offsets(firstColumn, local.rank() == 1 ? 1 : local.d1(), column -> column * columnStride));
    }

    private LongUnaryOperator order(String name) {
        return HuggingFaceGpt2Names.isFusedProjection(name)
                ? new ProjectionOrder(config.hiddenSize(), config.headSize())::toBlocks
                : row -> row;
    }

    private static long[] offsets(long first, long num, LongUnaryOperator offset) {
        long[] offsets = new long[Math.toIntExact(num)];
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = offset.applyAsLong(first + i);
        }
        return offsets;
    }

    private List<Long> extents(String name, StoredTensor stored) {
        List<Long> extents = stored.spec().extents();
        if (extents.isEmpty()
                || extents.size() > 2
                || (HuggingFaceGpt2Names.isTransposed(name) && extents.size() != 2)) {
            throw fault(stored.spec().name(), "expected a vector or a matrix but its extents are " + extents);
        }
        if (HuggingFaceGpt2Names.isFusedProjection(name) && extents.getLast() != 3L * config.hiddenSize()) {
            throw fault(
                    stored.spec().name(),
                    "expected " + 3L * config.hiddenSize() + " outputs but its extents are " + extents);
        }
        return HuggingFaceGpt2Names.isTransposed(name) ? extents.reversed() : extents;
    }

    private Optional<StoredTensor> stored(String name) {
        Optional<StoredTensor> prefixed = tensors.find(PREFIX + name);
        return prefixed.isPresent() ? prefixed : tensors.find(name);
    }

    private CheckpointFormatException fault(String field, String text) {
        return new CheckpointFormatException(folder, CheckpointFormatException.printable(field), 0, text);
    }

    @Override
    public void close() {
        tensors.close();
    }
}
