package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A checkpoint of Megatron-LM, of any version and split, as a [ModelSource].
///
/// The parts of tensor ranks and stages are put together, the rows of the fused projection are put
/// into the order of version 2.0 and later, layers are numbered through, moments likewise. Where
/// the model is saved in half precision beside an optimizer, the weights are the optimizer's
/// single-precision ones. Elements are read from the mapped files when they are asked for.
///
/// Weights alone, `release`, are of step 0 and have no moments, as Megatron-LM loads them; the
/// samples that were used before do not count either.
///
/// - Errors: [CheckpointFormatException] naming file and field.
/// - Thread: any, several ranks at once; access after [#close] throws.
/// - Source: Megatron-LM, `megatron/checkpointing.py` and `tools/checkpoint_loader_megatron.py`.
public final class MegatronSource implements ModelSource {
    private final MegatronFiles files;
    private final List<MegatronShard> shards;
    private final MegatronMerge merge;

    private MegatronSource(MegatronFiles files, List<MegatronShard> shards, HeadCount heads) {
        this.files = files;
        this.shards = shards;
        merge = new MegatronMerge(files, shards, heads);
    }

    /// Whether `path` looks like a checkpoint of Megatron-LM: a folder with its tracker file,
    /// `release`, `iter_*` or `mp_rank_*`, or a file `*.pt` or `*.zip`.
    public static boolean isAt(Path path) {
        return MegatronFiles.areAt(path);
    }

    /// Opens the checkpoint at `path`, a file without arguments with heads of 64 channels. The
    /// caller closes it.
    public static MegatronSource open(Path path) {
        return open(path, HeadCount.assumed());
    }

    /// Opens the checkpoint at `path`; `heads` is for files that do not say how many they have. The
    /// caller closes it.
    public static MegatronSource open(Path path, HeadCount heads) {
        MegatronFiles files = MegatronFiles.find(path);
        var shards = new ArrayList<MegatronShard>();
        try {
            for (MegatronFiles.Shard shard : files.shards()) {
                shards.add(MegatronShard.of(shard.open()));
            }
            return new MegatronSource(files, shards, heads);
        } catch (RuntimeException e) {
            shards.forEach(MegatronShard::close);
            throw e;
        }
    }

    @Override
    public Path path() {
        return files.path();
    }

    @Override
    public GptConfig model() {
        return merge.config();
    }

    @Override
    public Progress progress() {
        if (isRelease()) {
            return new Progress(0, 0, 0, 0);
        }
        Map<String, Object> arguments = arguments();
        return new Progress(
                shards.getFirst().iteration(),
                arguments.getOrDefault("consumed_train_samples", 0L) instanceof Long samples ? samples : 0,
                arguments.getOrDefault("consumed_valid_samples", 0L) instanceof Long samples ? samples : 0,
                merge.numAdamSteps());
    }

    private boolean isRelease() {
        return files.kind() == MegatronFiles.Kind.RELEASE;
    }

    /// Version of the files.
    public CheckpointVersion version() {
        return shards.getFirst().version();
    }

    /// Tensor ranks that wrote it.
    public int numTensorRanks() {
        return files.numTensorRanks();
    }

    /// Stages that wrote it.
    public int numStages() {
        return files.numStages();
    }

    /// The run's arguments by their names in Megatron-LM (`seed`, `lr`, `vocab_file`, ...): what
    /// JSON has, without those that are `None`. Empty in files of version 0.
    public Map<String, Object> arguments() {
        return merge.arguments();
    }

    /// State of the learning-rate schedule (`max_lr`, `num_steps`, ...); empty if it was not saved.
    public Map<String, Object> schedule() {
        return isRelease() ? Map.of() : shards.getFirst().settings("opt_param_scheduler", "lr_scheduler");
    }

    /// Settings of the optimizer's parameters with weight decay (`lr`, `betas`, `eps`, `step`,
    /// ...); empty if it was not saved.
    public Map<String, Object> optimizer() {
        return merge.optimizerSettings();
    }

    /// Names of all tensors that [#find] has, moments included.
    public List<String> names() {
        return List.copyOf(merge.tensors().keySet());
    }

    @Override
    public Optional<TensorSpec> find(String name) {
        return Optional.ofNullable(merge.tensors().get(name)).map(MergedTensor::spec);
    }

    @Override
    public void read(String name, TensorPartition partition, MemorySegment destination) {
        if (!merge.tensors().containsKey(name)) {
            throw new IllegalArgumentException(path() + " has no tensor " + CheckpointFormatException.printable(name));
        }
        merge.tensors().get(name).read(partition, destination);
    }

    @Override
    public void close() {
        shards.forEach(MegatronShard::close);
    }
}
