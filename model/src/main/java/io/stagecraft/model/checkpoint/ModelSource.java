package io.stagecraft.model.checkpoint;

import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.parallel.TensorPartition;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Optional;

/// A saved model whoever wrote it: global tensors under the names that a run has for them, whatever
/// the layout at saving.
///
/// The moments of Adam of tensor `n` are tensors too: [Moment#of].
///
/// - Errors: [CheckpointFormatException] naming file, field and byte.
/// - Thread: any, several ranks at once; access after [#close] throws.
public interface ModelSource extends AutoCloseable {
    /// Adam's running averages, which are saved beside a tensor.
    enum Moment {
        /// Of the gradients, Megatron-LM's `exp_avg`.
        FIRST("exp_avg"),
        /// Of their squares, Megatron-LM's `exp_avg_sq`.
        SECOND("exp_avg_sq");

        private final String key;

        Moment(String key) {
            this.key = key;
        }

        /// The name under which this moment of tensor `name` is saved.
        public String of(String name) {
            return "optimizer." + key + "." + name;
        }
    }

    /// Where the run was.
    ///
    /// @param step optimizer steps done; 0 for weights alone
    /// @param consumedTrainSamples samples of the training split used, over all epochs
    /// @param consumedValidSamples samples of the validation split used
    /// @param numAdamSteps updates that the moments have seen, for bias correction; 0 without
    ///     moments
    record Progress(long step, long consumedTrainSamples, long consumedValidSamples, long numAdamSteps) {}

    /// The folder or file that is really read.
    Path path();

    /// Sizes and constants of the model; the padded vocabulary as it was saved.
    GptConfig model();

    /// Where the run was.
    Progress progress();

    /// Type and extents of the global tensor `name`, if it is there.
    Optional<TensorSpec> find(String name);

    /// Copies the part `partition` of tensor `name` into `destination`, without gaps and bit for
    /// bit, in the type that [#find] says.
    ///
    /// - Errors: [IllegalArgumentException] if there is no such tensor, the sizes differ or it does
    ///   not divide.
    void read(String name, TensorPartition partition, MemorySegment destination);

    @Override
    void close();
}
