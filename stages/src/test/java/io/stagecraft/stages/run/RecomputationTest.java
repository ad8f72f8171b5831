package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.AttentionSpec;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Dropout;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.gpt.Recomputation;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.GPipeSchedule;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.testing.BackendProxy;
import io.stagecraft.stages.testing.LateWeightsSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.stages.topology.RankCoordinate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What is computed again gives the same bits in less memory. Oracle: the run that keeps
/// everything.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecomputationTest {
    private static final int LAYERS = 5;
    private static final int STEPS = 3;
    private static final PipelineSchedule DEFAULT = new OneForwardOneBackwardSchedule();

    /// Two sequences of 8 positions, 16 wide, in float32.
    private static final long HIDDEN_BYTES = 2 * 8 * 16 * 4;

    /// 8 x 8 probabilities for each of 4 heads and 2 sequences, in float32.
    private static final long PROBABILITY_BYTES = 2 * 4 * 8 * 8 * 4;

    private final Map<ParallelTopology, Outcome> keepingEverything = new HashMap<>();

    /// Losses and squared gradient norms of every parameter and rank, step by step.
    private record Outcome(List<Double> losses, List<Double> squaredNorms) {}

    static Stream<Arguments> layouts() {
        var layouts = List.of(
                new ParallelTopology(1, 1, 1),
                new ParallelTopology(2, 1, 1),
                new ParallelTopology(1, 2, 1),
                new ParallelTopology(2, 2, 1));
        return layouts.stream().flatMap(it -> kinds().map(kind -> Arguments.of(it, kind)));
    }

    static Stream<Recomputation> kinds() {
        return Stream.of(
                new Recomputation.Selective(),
                new Recomputation.Uniform(1),
                new Recomputation.Uniform(2),
                new Recomputation.Block(2));
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void shouldGiveTheBitsOfTheRunThatKeepsEverything(ParallelTopology topology, Recomputation recomputation) {
        assertThat(train(spec(topology, DEFAULT, recomputation))).isEqualTo(expected(topology));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldGiveTheSameBitsWithAllMicrobatchesInFlight(Recomputation recomputation) {
        var topology = new ParallelTopology(1, 2, 1);
        assertThat(train(spec(topology, new GPipeSchedule(), recomputation))).isEqualTo(expected(topology));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void shouldGiveTheSameBitsWhenWeightGradientsComeLater(Recomputation recomputation) {
        var topology = new ParallelTopology(1, 2, 1);
        assertThat(train(spec(topology, new LateWeightsSchedule(), recomputation)))
                .isEqualTo(expected(topology));
    }

    @Test
    void shouldSeeAnotherMaskInTheLayersThatRunAgain() { // a planted mistake
        var topology = new ParallelTopology(1, 1, 1);
        RankSpec full = spec(topology, DEFAULT, new Recomputation.Uniform(1));
        assertThat(train(full, () -> changedTheSecondTime("biasDropoutAdd", 3, RecomputationTest::ofTheNextSample)))
                .isNotEqualTo(train(full));
    }

    @Test
    void shouldSeeAnotherMaskInTheAttentionThatRunsAgain() { // a planted mistake
        var topology = new ParallelTopology(1, 1, 1);
        RankSpec selective = spec(topology, DEFAULT, new Recomputation.Selective());
        assertThat(train(selective, () -> changedTheSecondTime("attention", 0, RecomputationTest::ofTheNextSample)))
                .isNotEqualTo(train(selective));
    }

    @Test
    void shouldKeepNoProbabilitiesInSelective() {
        ArenaSizes all = arenas(new Recomputation.None());
        ArenaSizes selective = arenas(new Recomputation.Selective());
        assertThat(all.activationBytes() - selective.activationBytes()).isEqualTo(2 * PROBABILITY_BYTES);
        assertThat(selective.scratchBytes()).isEqualTo(PROBABILITY_BYTES);
        assertThat(selective.gradientBytes()).isEqualTo(all.gradientBytes());
    }

    @Test
    void shouldKeepTheInputsOfLayersInFull() {
        ArenaSizes all = arenas(new Recomputation.None());
        ArenaSizes full = arenas(new Recomputation.Uniform(1));
        assertThat(full.activationBytes()).isEqualTo(2 * HIDDEN_BYTES);
        assertThat(full.scratchBytes()).as("one layer").isEqualTo(all.activationBytes() / 2);
        assertThat(full.gradientBytes()).isEqualTo(all.gradientBytes());
    }

    @Test
    void shouldKeepTheInputsOfGroupsOfLayers() {
        ArenaSizes all = arenas(new Recomputation.None());
        ArenaSizes full = arenas(new Recomputation.Uniform(2));
        assertThat(full.activationBytes()).isEqualTo(HIDDEN_BYTES);
        assertThat(full.scratchBytes()).as("two layers").isEqualTo(all.activationBytes());
        assertThat(full.gradientBytes()).isEqualTo(all.gradientBytes());
    }

    @Test
    void shouldKeepTheOtherLayersWholeInBlock() {
        ArenaSizes all = arenas(new Recomputation.None());
        ArenaSizes block = arenas(new Recomputation.Block(1));
        long layer = all.activationBytes() / 2;
        assertThat(block.activationBytes()).isEqualTo(HIDDEN_BYTES + layer);
        assertThat(block.scratchBytes()).isEqualTo(layer);
    }

    /// The scratch is there once; what a microbatch holds counts as often as microbatches are in
    /// flight.
    @ParameterizedTest
    @MethodSource("kinds")
    void shouldHoldTheScratchOnceForAllMicrobatchesInFlight(Recomputation recomputation) {
        StageMemory memory = memory(recomputation);
        assertThat(memory.activationBytes(4) - memory.activationBytes(3))
                .isEqualTo(memory.arenas().activationBytes() + memory.inputBytes());
    }

    private static ArenaSizes arenas(Recomputation recomputation) {
        return memory(recomputation).arenas();
    }

    /// Of the middle one of three stages with 2, 2 and 1 layers: no embedding, no head; its input lies in a
    /// receive buffer.
    private static StageMemory memory(Recomputation recomputation) {
        RankSpec spec =
                spec(new ParallelTopology(1, 3, 1), DEFAULT, recomputation).at(new RankCoordinate(0, 1, 0));
        try (Backend backend = inFloat()) {
            return StageMemory.measure(spec, backend);
        }
    }

    private Outcome expected(ParallelTopology topology) {
        return keepingEverything.computeIfAbsent(topology, it -> train(spec(it, DEFAULT, new Recomputation.None())));
    }

    private static Outcome train(RankSpec spec) {
        return train(spec, RecomputationTest::inFloat);
    }

    private static Outcome train(RankSpec spec, Supplier<Backend> backend) {
        var losses = new ArrayList<Double>();
        var squaredNorms = new ArrayList<Double>();
        try (var run = new TestRun(spec, backend, TinyModel.counting())) {
            for (int step = 1; step <= STEPS; step++) {
                for (PhaseResult result : run.phase(new Phase.TrainStep(step, (step - 1) * spec.globalBatchSize()))) {
                    var gradients = (PhaseResult.Gradients) result;
                    losses.addAll(gradients.microbatchLosses());
                    squaredNorms.addAll(gradients.squaredNorms());
                }
                run.phase(new Phase.ApplyUpdate(step, 0.01, 1));
            }
        }
        return new Outcome(losses, squaredNorms);
    }

    /// A backend in which the argument at `place` of `method` is changed where it comes the second
    /// time.
    private static Backend changedTheSecondTime(String method, int place, UnaryOperator<Object> change) {
        Set<Object> seen = new HashSet<>();
        return BackendProxy.changing(inFloat(), method, arguments -> {
            Object[] changed = arguments.clone();
            if (!seen.add(changed[place])) {
                changed[place] = change.apply(changed[place]);
            }
            return changed;
        });
    }

    private static Object ofTheNextSample(Object argument) {
        return switch (argument) {
            case Dropout mask -> new Dropout(mask.threshold(), mask.key(), mask.firstSample() + 1, mask.numPositions());
            case AttentionSpec spec ->
                new AttentionSpec(
                        spec.numSequences(),
                        spec.numPositions(),
                        spec.numHeads(),
                        spec.headSize(),
                        spec.firstHead(),
                        spec.scale(),
                        (Dropout) ofTheNextSample(spec.dropout()),
                        spec.mask());
            default -> throw new IllegalArgumentException("no mask in " + argument);
        };
    }

    private static Backend inFloat() {
        return new ScalarBackend(DType.FLOAT32);
    }

    private static RankSpec spec(ParallelTopology topology, PipelineSchedule schedule, Recomputation recomputation) {
        return TinyModel.spec(TinyModel.config(LAYERS), topology, schedule).withRecomputation(recomputation);
    }
}
