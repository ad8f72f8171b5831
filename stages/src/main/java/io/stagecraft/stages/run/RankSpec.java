package io.stagecraft.stages.run;

import io.stagecraft.model.data.DocumentRules;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.optimizer.AdamConfig;
import io.stagecraft.stages.link.LinkPlan;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.schedule.StageAction;
import io.stagecraft.stages.topology.LayerAssignment;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;

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
/// @param documents what the end of a document inside a sample means
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
        DocumentRules documents) {
    /// With documents that run on.
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
                DocumentRules.none());
    }

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
    }

    /// Sequences of one step over all replicas.
    public long globalBatchSize() {
        return (long) microbatchSize * numMicrobatches * topology.dataSize();
    }

    /// The same run seen from another rank.
    public RankSpec at(RankCoordinate rank) {
        return with(rank, documents);
    }

    /// The same run with other rules about documents.
    public RankSpec withDocuments(DocumentRules rules) {
        return with(coordinate, rules);
    }

    private RankSpec with(RankCoordinate rank, DocumentRules rules) {
        return new RankSpec(
                model, topology, rank, schedule, microbatchSize, numMicrobatches, sequenceLength, seed, adam, rules);
    }

    /// Extents of a microbatch.
    public MicrobatchShape microbatch() {
        return new MicrobatchShape(microbatchSize, sequenceLength);
    }

    /// The longest sequence that generation can ask for, alone.
    public MicrobatchShape longestSequence() {
        return new MicrobatchShape(1, model.maxPositions());
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

    /// Microbatches whose activations this rank holds at one time.
    public int maxInFlight() {
        return schedule.maxInFlight(coordinate.stage(), topology.pipelineSize(), numMicrobatches);
    }

    /// Whether the schedule runs the two halves of backward apart.
    boolean splitsBackward() {
        return schedule.actions(coordinate.stage(), topology.pipelineSize(), numMicrobatches).stream()
                .anyMatch(action -> action instanceof StageAction.BackwardInput);
    }

    /// The run's links, for activations of elements of `elementBytes` bytes.
    ///
    /// - Errors: [io.stagecraft.stages.schedule.InvalidScheduleException] if the schedule does not end.
    public LinkPlan links(int elementBytes) {
        long rows = Math.max(microbatch().rows(), longestSequence().rows());
        return LinkPlan.of(topology, schedule, numMicrobatches, rows * model.hiddenSize(), elementBytes);
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
