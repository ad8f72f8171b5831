package io.stagecraft.model.checkpoint.megatron;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.torch.PickleItem;
import io.stagecraft.model.checkpoint.torch.TorchFileWriter;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.gpt.GptParameters;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.parallel.MeasuringGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;

/// Writes a checkpoint of Megatron-LM, version 3.0, as 23.04 does: a file a tensor rank and stage,
/// and the tracker file. With moments it is an iteration that Megatron-LM goes on from; without
/// them it is a `release`, weights alone.
///
/// - Errors: [UncheckedIOException] naming the file.
/// - Thread: any; a call owns its folder.
/// - Source: Megatron-LM 23.04, `megatron/checkpointing.py`, `save_checkpoint`.
public final class MegatronCheckpointWriter {
    private static final double VERSION = 3.0;
    private static final String TRACKER = "latest_checkpointed_iteration.txt";
    private static final String FILE = "model_optim_rng.pt";
    private static final String RELEASE = "release";

    private final ModelSource source;
    private final ModelSource masters;
    private final MegatronLayout layout;
    private final ArgumentsWriter arguments;
    private final ElementType type;

    /// A writer of the model of `source`, split as `layout`. Both sources are borrowed.
    ///
    /// @param masters the same model in single precision, for the optimizer; may be `source`
    /// @param arguments of the run by Megatron-LM's names, without those that are `None`; empty if
    ///     unknown
    public MegatronCheckpointWriter(
            ModelSource source, ModelSource masters, MegatronLayout layout, Map<String, Object> arguments) {
        layout.requireFits(source.model());
        this.source = source;
        this.masters = masters;
        this.layout = layout;
        this.arguments = new ArgumentsWriter(arguments);
        this.type = source.find(ParametersWriter.WORDS)
                .orElseThrow(() -> new IllegalArgumentException(source.path() + " has no word embedding"))
                .type();
    }

    /// Whether an iteration is written that a run can go on from: the moments are there, the
    /// learning rate is known, and steps were done.
    public boolean writesOptimizer() {
        return source.progress().step() > 0
                && arguments.knows("lr")
                && source.find(ModelSource.Moment.FIRST.of(ParametersWriter.WORDS))
                        .isPresent();
    }

    /// Name of the folder beside the tracker file.
    private String folder() {
        return writesOptimizer() ? String.format("iter_%07d", source.progress().step()) : RELEASE;
    }

    /// Writes into `folder`, which is there.
    ///
    /// @param progress is told the bytes of each tensor that was written
    public void write(Path folder, LongConsumer progress) {
        try {
            for (int stage = 0; stage < layout.pipelineSize(); stage++) {
                for (int rank = 0; rank < layout.tensorSize(); rank++) {
                    Path place = folder.resolve(folder()).resolve(layout.folder(rank, stage));
                    Files.createDirectories(place);
                    TorchFileWriter.write(place.resolve(FILE), file(rank, stage), progress);
                }
            }
            String said = writesOptimizer() ? String.valueOf(source.progress().step()) : RELEASE;
            Files.write(folder.resolve(TRACKER), said.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write into " + folder + ": " + e, e);
        }
    }

    private PickleItem file(int rank, int stage) {
        List<Parameter> parameters =
                GptParameters.of(source.model(), slice(stage), new MeasuringGroup(rank, layout.tensorSize()));
        var items = new ParametersWriter(source, masters, parameters);
        var file = new LinkedHashMap<String, PickleItem>();
        file.put("args", arguments.namespace(source, type, layout, rank, stage));
        file.put("checkpoint_version", new PickleItem.Real(VERSION));
        file.put("iteration", new PickleItem.Whole(source.progress().step()));
        file.put("model", items.model(firstLayer(stage)));
        long seed = arguments.value("seed", 1234L) instanceof Number number ? number.longValue() : 1234;
        file.put("rng_state", RandomStateWriter.of(seed, rank, stage));
        if (writesOptimizer()) {
            ScheduleWriter schedule =
                    ScheduleWriter.of(arguments, source.progress().consumedTrainSamples());
            file.put("optimizer", new OptimizerWriter(items, arguments, schedule).item(type));
            file.put("opt_param_scheduler", schedule.item());
        }
        return PickleItem.dictionary(file);
    }

    private int firstLayer(int stage) {
        return stage * (source.model().numLayers() / layout.pipelineSize());
    }

    private GptSlice slice(int stage) {
        GptConfig model = source.model();
        int layers = model.numLayers() / layout.pipelineSize();
        return GptSlice.ofStage(stage * layers, (stage + 1) * layers, stage, layout.pipelineSize());
    }
}
