package io.stagecraft.stages.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.DType;
import io.stagecraft.stages.schedule.OneForwardOneBackwardSchedule;
import io.stagecraft.stages.testing.TestRun;
import io.stagecraft.stages.testing.TinyModel;
import io.stagecraft.stages.topology.ParallelTopology;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A checkpoint holds global tensors: no bit of it depends on the layout that saved it, and none is lost when
/// another layout loads it.
class StageCheckpointTest {
    private static final int NUM_LAYERS = 3;
    private static final ParallelTopology ONE_RANK = new ParallelTopology(1, 1, 1);
    private static final ParallelTopology FOUR_RANKS = new ParallelTopology(2, 2, 1);

    @TempDir
    private Path root;

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "2, 1, 1", "4, 1, 1", "1, 2, 1", "1, 3, 1", "2, 1, 2", "2, 2, 2", "4, 3, 2"})
    void shouldKeepEveryBitOfATrainedModelWhenAnotherLayoutLoadsAndSavesIt(int tensor, int pipeline, int data) {
        Path saved = root.resolve("saved");
        try (TestRun run = run(FOUR_RANKS)) {
            run.train(2, 0.01);
            save(run, FOUR_RANKS, saved);
        }
        var other = new ParallelTopology(tensor, pipeline, data);
        Path again = root.resolve("again");
        try (TestRun run = run(other)) {
            run.phase(new Phase.Load(saved, Phase.Load.Content.WEIGHTS_AND_OPTIMIZER));
            save(run, other, again);
        }

        assertThat(bits(again)).isEqualTo(bits(saved));
    }

    @Test
    void shouldSaveTheTensorsOfOneRankFromATrainedPipeline() { // oracle: one rank, which agrees bitwise
        var pipeline = new ParallelTopology(1, 3, 1);
        for (ParallelTopology topology : List.of(ONE_RANK, pipeline)) {
            try (TestRun run = run(topology)) {
                run.train(2, 0.01);
                save(run, topology, root.resolve(topology.toString()));
            }
        }

        assertThat(bits(root.resolve(pipeline.toString()))).isEqualTo(bits(root.resolve(ONE_RANK.toString())));
    }

    @ParameterizedTest
    @CsvSource({"4, 1, 1", "2, 2, 1", "1, 1, 2"})
    void shouldSaveTheFirstWeightsOfOneRankAtEveryLayout(int tensor, int pipeline, int data) {
        var topology = new ParallelTopology(tensor, pipeline, data);
        for (ParallelTopology each : List.of(ONE_RANK, topology)) {
            try (TestRun run = run(each)) {
                save(run, each, root.resolve(each.toString()));
            }
        }

        assertThat(bits(root.resolve(topology.toString()))).isEqualTo(bits(root.resolve(ONE_RANK.toString())));
    }

    private static TestRun run(ParallelTopology topology) {
        var spec = TinyModel.spec(TinyModel.config(NUM_LAYERS), topology, new OneForwardOneBackwardSchedule());
        return new TestRun(spec, () -> new ScalarBackend(DType.FLOAT32), TinyModel.counting());
    }

    private static void save(TestRun run, ParallelTopology topology, Path folder) {
        int stages = topology.pipelineSize();
        var layout = new Manifest.Layout(topology.tensorSize(), stages, topology.dataSize());
        try (var pending = new CheckpointStore(folder).begin(2)) {
            run.phase(new Phase.Save(2, pending.folder()));
            var position = new Manifest.RunPosition(new ModelSource.Progress(2, 16, 0, 2), 1234, layout);
            pending.commit(position, Map.of(), pending.sumUp());
        }
    }

    /// Every global tensor of the checkpoint by its name.
    private static Map<String, List<Integer>> bits(Path folder) {
        var tensors = new TreeMap<String, List<Integer>>();
        try (CheckpointReader reader = CheckpointStore.open(folder);
                Arena arena = Arena.ofConfined()) {
            for (Manifest.SavedTensor tensor : reader.manifest().tensors()) {
                MemorySegment whole = arena.allocate(tensor.spec().sizeBytes(), Long.BYTES);
                reader.read(tensor.spec().name(), new TensorPartition.Replicated(), whole);
                tensors.put(
                        tensor.spec().name(),
                        whole.elements(ValueLayout.JAVA_INT)
                                .map(element -> element.get(ValueLayout.JAVA_INT, 0))
                                .toList());
            }
        }
        assertThat(tensors).hasSizeGreaterThan(3 * 12 * NUM_LAYERS);
        return tensors;
    }
}
