package io.stagecraft.stages.run;

import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.gpt.Recomputation;
import io.stagecraft.model.layer.KeyValueCache;
import io.stagecraft.model.layer.ReplicaShare;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.link.LinkPlan;
import io.stagecraft.stages.schedule.ForwardOnlySchedule;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.schedule.StageAction;
import io.stagecraft.stages.topology.LayerAssignment;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.util.List;

/// Everything that makes one rank of a run what it is, as values.
///
/// @param model sizes of the model
/// @param topology extents of the three axes
/// @param coordinate which rank
/// @param schedule what a stage does in which order
/// @param microbatchSize sequences of a microbatch
/// @param numMicrobatches microbatches of one replica's step
/// @param sequenceLength positions of a sequence
/// @param seed of initial weights and dropout masks
/// @param adam constants of the optimizer
/// @param optimizer how replicas divide the optimizer's work
/// @param documents what the end of a document inside a sample means
/// @param recomputation what backward computes again
/// @param purpose what for
public record RankSpec(
        GptConfig model,
        ParallelTopology topology,
        RankCoordinate coordinate,
        PipelineSchedule schedule,
        int microbatchSize,
        int numMicrobatches,
        int sequenceLength,
        long seed,
        AdamConfig adam,
        OptimizerLayout optimizer,
        DocumentRules documents,
        Recomputation recomputation,
        RankPurpose purpose) {
    public RankSpec {
        if (microbatchSize < 1 || numMicrobatches < 1) {
            throw new IllegalArgumentException("microbatchSize and numMicrobatches must be >= 1 but are "
                    + microbatchSize + " and " + numMicrobatches);
        }
        if (sequenceLength < 1 || sequenceLength > model.maxPositions()) {
            throw new IllegalArgumentException("sequenceLength must be in [1, " + model.maxPositions()
                    + "], the model's positions, but is " + sequenceLength);
        }
        if (documents.isOn() && documents.endOfDocument() >= model.paddedVocabSize()) {
            throw new IllegalArgumentException("the end of a document, token " + documents.endOfDocument()
                    + ", must be below the model's padded vocabulary of " + model.paddedVocabSize());
        }
        if (coordinate.stage() < 0
                || coordinate.stage() >= topology.pipelineSize()
                || coordinate.tensorRank() < 0
                || coordinate.tensorRank() >= topology.tensorSize()
                || coordinate.dataRank() < 0
                || coordinate.dataRank() >= topology.dataSize()) {
            throw new IllegalArgumentException("no " + coordinate + " in " + topology);
        }
        if (purpose.numPositions() > model.maxPositions()) {
            throw new IllegalArgumentException("generation of " + purpose.numPositions()
                    + " positions is asked of a model with " + model.maxPositions());
        }
    }

    /// A rank that trains on documents that run on, shares the update with its replicas, and at the
    /// end generates one text of the model's positions.
    public RankSpec(
            GptConfig model,
            ParallelTopology topology,
            RankCoordinate coordinate,
            PipelineSchedule schedule,
            int microbatchSize,
            int numMicrobatches,
            int sequenceLength,
            long seed,
            AdamConfig adam) {
        this(
                model,
                topology,
                coordinate,
                schedule,
                microbatchSize,
                numMicrobatches,
                sequenceLength,
                seed,
                adam,
                OptimizerLayout.DISTRIBUTED,
                DocumentRules.none(),
                new Recomputation.None(),
                new RankPurpose(RankPurpose.Use.TRAINING, 1, model.maxPositions()));
    }

    /// Sequences of one step over all replicas.
    public long globalBatchSize() {
        return (long) microbatchSize * numMicrobatches * topology.dataSize();
    }

    /// The same run seen from another rank.
    public RankSpec at(RankCoordinate rank) {
        return with(rank, optimizer, documents, recomputation, purpose);
    }

    /// The same rank opened for something else.
    public RankSpec with(RankPurpose other) {
        return with(coordinate, optimizer, documents, recomputation, other);
    }

    /// The same run with other rules about documents.
    public RankSpec withDocuments(DocumentRules rules) {
        return with(coordinate, optimizer, rules, recomputation, purpose);
    }

    /// The same run with less memory and more time, or the other way round.
    public RankSpec withRecomputation(Recomputation other) {
        return with(coordinate, optimizer, documents, other, purpose);
    }

    /// The same run with the optimizer's work divided otherwise.
    public RankSpec with(OptimizerLayout other) {
        return with(coordinate, other, documents, recomputation, purpose);
    }

    private RankSpec with(
            RankCoordinate rank, OptimizerLayout layout, DocumentRules rules, Recomputation again, RankPurpose other) {
        return new RankSpec(
                model,
                topology,
                rank,
                schedule,
                microbatchSize,
                numMicrobatches,
                sequenceLength,
                seed,
                adam,
                layout,
                rules,
                again,
                other);
    }

    /// The part of its parameters that the rank updates.
    ReplicaShare share() {
        return optimizer.share(topology, coordinate);
    }

    /// Whether the rank reads samples: all but those that generate only.
    boolean readsSamples() {
        return trains() || !purpose.generates();
    }

    /// Whether the rank trains.
    public boolean trains() {
        return purpose.use() == RankPurpose.Use.TRAINING;
    }

    /// Extents of a microbatch.
    public MicrobatchShape microbatch() {
        return new MicrobatchShape(microbatchSize, sequenceLength);
    }

    /// This rank's part of the cache of keys and values of generation.
    KeyValueCache.Extent cache() {
        GptSlice slice = slice();
        return new KeyValueCache.Extent(
                slice.fromLayer(),
                slice.toLayer() - slice.fromLayer(),
                purpose.numSequences(),
                purpose.numPositions(),
                model.numHeads() / topology.tensorSize(),
                model.headSize());
    }

    /// This rank's part of the model.
    public GptSlice slice() {
        var layers = new LayerAssignment(model.numLayers(), topology.pipelineSize());
        return GptSlice.ofStage(
                layers.firstLayer(coordinate.stage()),
                layers.endLayer(coordinate.stage()),
                coordinate.stage(),
                topology.pipelineSize());
    }

    /// Microbatches whose activations this rank holds at one time; without backward they are let go
    /// at once.
    public int maxInFlight() {
        return !trains() ? 1 : schedule.maxInFlight(coordinate.stage(), topology.pipelineSize(), numMicrobatches);
    }

    /// What this rank runs for `num` microbatches without backward.
    List<StageAction> forwardActions(int num) {
        return new ForwardOnlySchedule().actions(coordinate.stage(), topology.pipelineSize(), num);
    }

    /// Microbatches that each replica has of `numSamples` samples.
    ///
    /// - Errors: [IllegalArgumentException] if these are none, or no whole microbatches.
    int numMicrobatchesOf(int numSamples) {
        int samplesAtOnce = microbatchSize * topology.dataSize();
        if (numSamples < 1 || numSamples % samplesAtOnce != 0) {
            throw new IllegalArgumentException("samples must be a multiple of microbatch size x replicas = "
                    + samplesAtOnce + " but are " + numSamples);
        }
        return numSamples / samplesAtOnce;
    }

    /// Whether the schedule runs the two halves of backward apart.
    boolean splitsBackward() {
        return schedule.actions(coordinate.stage(), topology.pipelineSize(), numMicrobatches).stream()
                .anyMatch(action -> action instanceof StageAction.BackwardInput);
    }

    /// The run's links, for activations of elements of `dtype`.
    ///
    /// - Errors: [io.stagecraft.stages.schedule.InvalidScheduleException] if the schedule does not
    ///   end.
    public LinkPlan links(DType dtype) {
        long rows = Math.max(readsSamples() ? microbatch().rows() : 1, purpose.maxRows());
        return LinkPlan.of(topology, schedule, numMicrobatches, rows * model.hiddenSize(), dtype);
    }

    /// Whether this rank embeds tokens.
    public boolean isFirstStage() {
        return coordinate.stage() == 0;
    }

    /// Whether this rank computes the loss.
    public boolean isLastStage() {
        return coordinate.stage() == topology.pipelineSize() - 1;
    }
}
