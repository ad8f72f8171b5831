package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.Shard;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.schedule.PipelineSchedule;
import io.stagecraft.stages.schedule.StageAction;
import io.stagecraft.stages.testing.BackendProxy;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.transport.AbortedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StageRunnerTest {
    private static final Phase.Evaluate EVALUATE = new Phase.Evaluate(2, 1000, 8);
    private static final Phase.Generate NEXT = new Phase.Generate(
            List.of(List.of(3, 5, 7, 9, 11, 13, 15, 17, 19, 21)),
            0,
            new TokenChoice.Best(29, TokenChoice.Forbidden.NOTHING));

    @Test
    void shouldEvaluateTheSameLossAtEveryLayout() {
        PhaseResult.Evaluated one = evaluated(1, 1, 1);
        assertThat(one.numTokens()).isEqualTo(8 * 8); // 8 samples of 8 tokens
        assertThat(one.lossSum() / one.numTokens()).isBetween(2.0, 4.0); // ln 29 = 3.4 before training
        for (int[] layout : new int[][] {{2, 1, 1}, {1, 3, 1}, {2, 2, 2}}) {
            PhaseResult.Evaluated other = evaluated(layout[0], layout[1], layout[2]);
            // double sums in another order: 64 losses of 1e-16 relative each, after two steps of Adam
            assertThat(other.lossSum()).as(Arrays.toString(layout)).isCloseTo(one.lossSum(), within(1e-7));
            assertThat(other.numTokens()).isEqualTo(one.numTokens());
        }
    }

    @Test
    void shouldLoadAtAnotherLayoutWhatOneLayoutSaved(@TempDir Path root) {
        var store = new CheckpointStore(root);
        PhaseResult.Evaluated saved;
        try (TestRun run = run(2, 2, 1);
                var pending = store.begin(2)) {
            run.train(2, 0.01);
            run.phase(new Phase.Save(2, pending.folder()));
            var shards = List.of(
                    Shard.of(pending.folder().resolve(Manifest.modelShard(0, 2))),
                    Shard.of(pending.folder().resolve(Manifest.modelShard(1, 2))));
            pending.commit(new Manifest.RunPosition(2, 16, 1234, new Manifest.Layout(2, 2, 1)), Map.of(), shards);
            saved = last(run.phase(EVALUATE));
        }
        try (TestRun run = run(1, 3, 2)) {
            run.phase(new Phase.Load(root));
            PhaseResult.Evaluated loaded = sum(run, EVALUATE);
            assertThat(loaded.lossSum()).isCloseTo(saved.lossSum(), within(1e-9)); // equal weights, sums reordered
        }
    }

    @Test
    void shouldScaleTheLossSoThatMicrobatchesDoNotMatter() {
        double[] four = lossAndNorm(2, 4, 1);
        double[] one = lossAndNorm(8, 1, 1);
        assertThat(four[0]).isCloseTo(one[0], within(1e-12)); // the same 64 losses, added in other groups
        assertThat(four[1]).isCloseTo(one[1], within(1e-12 * Math.max(1, one[1])));
    }

    @Test
    void shouldSeeGradientsThatAreNotDividedByTheMicrobatches() { // a planted mistake
        double[] right = lossAndNorm(2, 4, 1);
        double[] wrong = lossAndNorm(2, 4, 4);
        assertThat(wrong[1]).isCloseTo(16 * right[1], within(1e-9 * wrong[1])); // factor 4, squared
    }

    @Test
    void shouldAllocateNothingFromTheBackendOnceOpen() {
        var allocated = new AtomicLong();
        try (var run = new TestRun(
                spec(2, 2, 1),
                () -> BackendProxy.counting(new ScalarBackend(DType.FLOAT32), allocated),
                TinyModel.counting())) {
            long open = allocated.get();
            assertThat(open).isPositive();
            run.train(2, 0.01);
            run.phase(EVALUATE);
            run.phase(NEXT);
            assertThat(allocated.get()).isEqualTo(open);
        }
    }

    @Test
    void shouldNameRankStepAndMicrobatchOfAFailureAndStopTheOthers() {
        TokenSamples damaged = (index, into, offset) -> {
            if (index >= 4) {
                throw new IllegalStateException("sample " + index + " cannot be read");
            }
            TinyModel.counting().sample(index, into, offset);
        };
        try (var run = new TestRun(spec(2, 3, 1), () -> new ScalarBackend(DType.FLOAT32), damaged)) {
            assertThatThrownBy(() -> run.step(1, 0.01, 1))
                    .isInstanceOf(TestRun.RankFailures.class)
                    .satisfies(failures -> assertThat(failures.getSuppressed())
                            .anySatisfy(failure -> assertThat(failure)
                                    .isInstanceOf(RankFailure.class)
                                    // both tensor ranks read the sample: whoever comes first says so
                                    .hasMessageMatching("(?s)stage 0, tensor rank [01], replica 0, step 1, forward"
                                            + " of microbatch 2: .*sample 4 cannot be read.*"))
                            .anySatisfy(failure -> assertThat(failure).isInstanceOf(AbortedException.class)));
        }
    }

    @Test
    void shouldNameThePlaceOfAnErrorAsOfAnException() {
        TokenSamples tooLarge = (index, into, offset) -> {
            if (index >= 4) {
                throw new OutOfMemoryError("sample " + index + " does not fit");
            }
            TinyModel.counting().sample(index, into, offset);
        };
        try (var run = new TestRun(spec(1, 1, 1), StageRunnerTest::inDouble, tooLarge)) {
            assertThatThrownBy(() -> run.step(1, 0.01, 1))
                    .isInstanceOf(TestRun.RankFailures.class)
                    .satisfies(
                            failures -> assertThat(failures.getSuppressed())
                                    .singleElement()
                                    .isInstanceOfSatisfying(
                                            RankFailure.class,
                                            failure -> assertThat(failure.where())
                                                    .isEqualTo(
                                                            "stage 0, tensor rank 0, replica 0, step 1, forward of microbatch 2")));
        }
    }

    @Test
    void shouldFreeWhatItHasOpenedWhenMemoryRunsOut() {
        var closed = new AtomicLong();
        var allocations = new AtomicLong();
        Supplier<Backend> tooSmall = () -> {
            Backend full = BackendProxy.changing(inDouble(), "allocate", arguments -> {
                if (allocations.incrementAndGet() == 3) {
                    throw new OutOfMemoryError("planted");
                }
                return arguments;
            });
            return BackendProxy.changing(full, "close", arguments -> {
                closed.incrementAndGet();
                return arguments;
            });
        };
        assertThatThrownBy(() -> new TestRun(spec(1, 1, 1), tooSmall, TinyModel.counting()).close())
                .isInstanceOf(TestRun.RankFailures.class)
                .hasMessageContaining("opening the rank: java.lang.OutOfMemoryError: planted");
        assertThat(closed.get()).as("closed backends").isEqualTo(1);
    }

    @Test
    void shouldStopBetweenTwoMicrobatchesThoughItWaitsForNobody() {
        var read = new ArrayList<Long>();
        var spec = spec(1, 1, 1);
        try (var run = new TestRun(spec, StageRunnerTest::inDouble, TinyModel.counting(), ports -> {
            TokenSamples abortingAtOnce = (index, into, offset) -> {
                read.add(index);
                TinyModel.counting().sample(index, into, offset);
                ports.signal().abort("another replica failed");
            };
            return withSamples(ports, abortingAtOnce);
        })) {
            assertThatThrownBy(() -> run.phase(new Phase.TrainStep(1, 0)))
                    .isInstanceOf(TestRun.RankFailures.class)
                    .hasMessageContaining("another replica failed");
        }
        assertThat(read).as("samples of the first microbatch only").containsOnly(0L, 1L);
    }

    @Test
    void shouldEndASendThatIsHeldBackWhenItsReceiverFails() {
        RankSpec spec = spec(1, 2, 1);
        // The receiver reads microbatch 0 where it arrived, other buffers hold the next ones: this one finds none free.
        int heldBackMicrobatch = spec.links(DType.FLOAT64).forwardCredits().getFirst();
        var heldBack = new CountDownLatch(1);
        TokenSamples samples = (index, into, offset) -> {
            if (index >= 2 * heldBackMicrobatch) {
                heldBack.countDown();
            }
            TinyModel.counting().sample(index, into, offset);
        };
        Supplier<Backend> failing = () -> BackendProxy.changing(inDouble(), "addCrossEntropy", arguments -> {
            await(heldBack);
            throw new IllegalStateException("planted in the head");
        });
        try (var run = new TestRun(spec, failing, samples)) {
            assertThatThrownBy(() -> run.phase(new Phase.Evaluate(2, 0, 2 * 40)))
                    .isInstanceOf(TestRun.RankFailures.class)
                    .satisfies(failures -> assertThat(failures.getSuppressed())
                            .anySatisfy(failure -> assertThat(failure)
                                    .isInstanceOf(RankFailure.class)
                                    .hasMessageContaining("planted in the head"))
                            .anySatisfy(failure -> assertThat(failure).isInstanceOf(AbortedException.class)));
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static RankPorts withSamples(RankPorts ports, TokenSamples samples) {
        return new RankPorts(
                ports.backend(),
                ports.transport(),
                ports.exchanges(),
                samples,
                samples,
                ports.signal(),
                ports.waitStyle(),
                ports.onArrival());
    }

    @Test
    void shouldRefuseToOpenWithAScheduleWhoseStagesAreSwapped() { // a planted mistake
        RankSpec right = spec(1, 2, 1);
        var swapped = new SwappedStages(right.schedule());
        var spec = TinyModel.spec(right.model(), right.topology(), swapped);
        assertThatThrownBy(
                        () -> new TestRun(spec, () -> new ScalarBackend(DType.FLOAT32), TinyModel.counting()).close())
                .isInstanceOf(TestRun.RankFailures.class)
                .hasMessageContaining("closes the cycle");
    }

    @Test
    void shouldTellWhereTheTimeWent() {
        try (TestRun run = run(2, 2, 1)) {
            List<PhaseResult> results = run.phase(new Phase.TrainStep(1, 0));
            for (int stage = 0; stage < 2; stage++) {
                RankTiming timing = run.gradients(results, stage, 0, 1).timing();
                assertThat(timing.computeNanos()).isPositive();
                assertThat(timing.collectiveNanos()).isPositive();
                assertThat(timing.sendNanos()).isPositive();
                assertThat(timing.waitNanos()).isNotNegative();
            }
        }
    }

    /// The other stage's list for each of two stages.
    private record SwappedStages(PipelineSchedule right) implements PipelineSchedule {
        @Override
        public String name() {
            return "swapped " + right.name();
        }

        @Override
        public List<StageAction> actions(int stage, int numStages, int numMicrobatches) {
            return right.actions(numStages - 1 - stage, numStages, numMicrobatches);
        }
    }

    /// Loss and squared gradient norm of the first step, of 8 samples in `numMicrobatches` microbatches;
    /// `mistake` multiplies the scale of the loss.
    private static double[] lossAndNorm(int microbatchSize, int numMicrobatches, double mistake) {
        RankSpec four = spec(1, 1, 1);
        var spec = new RankSpec(
                four.model(),
                four.topology(),
                four.coordinate(),
                four.schedule(),
                microbatchSize,
                numMicrobatches,
                four.sequenceLength(),
                four.seed(),
                four.adam());
        try (var run = new TestRun(
                spec,
                () -> BackendProxy.changing(new ScalarBackend(DType.FLOAT64), "crossEntropyBackward", arguments -> {
                    arguments[3] = (double) arguments[3] * mistake;
                    return arguments;
                }),
                TinyModel.counting())) {
            List<PhaseResult> results = run.phase(new Phase.TrainStep(1, 0));
            double loss = run.gradients(results, 0, 0, 0).microbatchLosses().stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElseThrow();
            return new double[] {loss, run.squaredNorm(results)};
        }
    }

    private static PhaseResult.Evaluated evaluated(int tensor, int pipeline, int data) {
        try (TestRun run = run(tensor, pipeline, data)) {
            run.train(2, 0.01);
            return sum(run, EVALUATE);
        }
    }

    /// Adds the replicas, each by its last stage's first tensor rank.
    private static PhaseResult.Evaluated sum(TestRun run, Phase.Evaluate phase) {
        List<PhaseResult> results = run.phase(phase);
        var parts = new ArrayList<PhaseResult.Evaluated>();
        run.lastStages(results).forEach(result -> parts.add((PhaseResult.Evaluated) result));
        return new PhaseResult.Evaluated(
                parts.stream().mapToDouble(PhaseResult.Evaluated::lossSum).sum(),
                parts.stream().mapToDouble(PhaseResult.Evaluated::numTokens).sum(),
                parts.stream().mapToDouble(PhaseResult.Evaluated::meanSum).sum(),
                parts.stream().mapToInt(PhaseResult.Evaluated::numMicrobatches).sum());
    }

    private static PhaseResult.Evaluated last(List<PhaseResult> results) {
        return (PhaseResult.Evaluated) results.getLast();
    }

    private static TestRun run(int tensor, int pipeline, int data) {
        return new TestRun(spec(tensor, pipeline, data), StageRunnerTest::inDouble, TinyModel.counting());
    }

    private static Backend inDouble() {
        return new ScalarBackend(DType.FLOAT64);
    }

    private static RankSpec spec(int tensor, int pipeline, int data) {
        return TinyModel.spec(
                TinyModel.config(3), new ParallelTopology(tensor, pipeline, data), new OneForwardOneBackwardSchedule());
    }
}
