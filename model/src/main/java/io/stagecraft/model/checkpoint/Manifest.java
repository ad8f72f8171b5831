package io.stagecraft.model.checkpoint;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;

/// What a checkpoint is: which run it comes from, which files it has and which tensors lie in them.
///
/// Tensors are global, so the layout is only told, never needed to load. A part of the run that a
/// later version of the program wants to keep goes into a section, a further kind of tensors into
/// shards of their own (`optimizer-00001-of-00002.safetensors`): neither changes the format.
///
/// @param version of the format that it was read from or is to be written in
/// @param position where the run was
/// @param sections values by kind; a kind that is not there is empty
/// @param shards files with tensors
/// @param tensors every tensor and the shard that holds it
public record Manifest(
        int version,
        RunPosition position,
        Map<Section, Map<String, Object>> sections,
        List<Shard> shards,
        List<SavedTensor> tensors) {
    /// Version of the format that this program writes, and the newest that it reads.
    public static final int FORMAT_VERSION = 2;

    /// Kinds of values beside the tensors. Values are what JSON has: text, `Boolean`, `Long`,
    /// `Double`, lists and maps; other integers and floats become `Long` and `Double`.
    public enum Section {
        /// Sizes and constants of the model.
        MODEL,
        /// What the tokenizer needs to be built again.
        TOKENIZER,
        /// The effective configuration of the run.
        CONFIGURATION,
        /// Optimizer, schedule and log accumulators.
        STATE
    }

    /// Where a run was when it was saved.
    ///
    /// @param progress steps, samples and updates
    /// @param seed seed of the run: of initial weights, dropout and the order of samples
    /// @param layout how the run was spread when it was saved
    public record RunPosition(ModelSource.Progress progress, long seed, Layout layout) {
        public RunPosition {
            if (progress.step() < 0
                    || progress.consumedTrainSamples() < 0
                    || progress.consumedValidSamples() < 0
                    || progress.numAdamSteps() < 0) {
                throw new IllegalArgumentException("counts of a run must be >= 0 but are " + progress);
            }
        }

        /// Of weights without moments: `step` optimizer steps done, `consumedSamples` training
        /// samples used.
        public RunPosition(long step, long consumedSamples, long seed, Layout layout) {
            this(new ModelSource.Progress(step, consumedSamples, 0, 0), seed, layout);
        }

        /// Optimizer steps done.
        public long step() {
            return progress.step();
        }

        /// Samples of the training split used, over all epochs.
        public long consumedSamples() {
            return progress.consumedTrainSamples();
        }
    }

    /// Sizes of the three axes.
    ///
    /// @param tensor tensor-parallel size
    /// @param pipeline pipeline stages
    /// @param data replicas
    public record Layout(int tensor, int pipeline, int data) {
        public Layout {
            if (tensor < 1 || pipeline < 1 || data < 1) {
                throw new IllegalArgumentException(
                        "sizes of a layout must be >= 1 but are " + tensor + " x " + pipeline + " x " + data);
            }
        }
    }

    /// A global tensor and the file that holds it.
    ///
    /// @param spec name, type and extents
    /// @param shard file name of the shard
    public record SavedTensor(TensorSpec spec, String shard) {}

    public Manifest {
        var frozen = new EnumMap<Section, Map<String, Object>>(Section.class);
        for (Section section : Section.values()) {
            frozen.put(section, JsonValues.frozen(sections.getOrDefault(section, Map.of())));
        }
        sections = Map.copyOf(frozen);
        shards = List.copyOf(shards);
        tensors = List.copyOf(tensors);
        requireWhole(shards, tensors);
    }

    private static void requireWhole(List<Shard> shards, List<SavedTensor> tensors) {
        var files = new HashSet<String>();
        for (Shard shard : shards) {
            if (!files.add(shard.file())) {
                throw new IllegalArgumentException("two shards are called " + shard.file());
            }
        }
        var names = new HashSet<String>();
        for (SavedTensor tensor : tensors) {
            if (!names.add(tensor.spec().name())) {
                throw new IllegalArgumentException("two tensors are called "
                        + CheckpointFormatException.printable(tensor.spec().name()));
            }
            if (!files.contains(tensor.shard())) {
                throw new IllegalArgumentException(tensor.spec() + " is said to be in "
                        + CheckpointFormatException.printable(tensor.shard()) + ", which is not a shard");
            }
        }
    }

    /// The values of one kind.
    public Map<String, Object> section(Section section) {
        return sections.getOrDefault(section, Map.of());
    }

    /// File name of the moments of Adam of pipeline stage `stage`, counted from 0, of `numStages`.
    public static String optimizerShard(int stage, int numStages) {
        return String.format("optimizer-%05d-of-%05d.safetensors", stage + 1, numStages);
    }

    /// File name of the model tensors of pipeline stage `stage`, counted from 0, of `numStages`.
    public static String modelShard(int stage, int numStages) {
        return String.format("model-%05d-of-%05d.safetensors", stage + 1, numStages);
    }
}
