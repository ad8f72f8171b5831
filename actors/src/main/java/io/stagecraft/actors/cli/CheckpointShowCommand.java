package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.Shard;
import io.stagecraft.model.checkpoint.TensorSpec;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `stagecraft checkpoint show`.
@Command(
        name = "show",
        description = "Print what a checkpoint says of its run, its files and its tensors.",
        footer = {"", "Example:", "  stagecraft checkpoint show runs/gpt/checkpoints/step-00000600"})
final class CheckpointShowCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Mixin
    private CheckpointPlace place = new CheckpointPlace();

    @Parameters(
            arity = "0..1",
            paramLabel = "CHECKPOINT",
            description = "A checkpoint, or a folder of them: the newest; without it checkpoint.directory.")
    private Path folder = CheckpointPlace.CONFIGURED;

    CheckpointShowCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return CheckpointPlace.named(root, folder, this::show);
    }

    private int show(Path named) {
        return place.with(root, named, _ -> {
            try (CheckpointReader reader = CheckpointStore.open(CheckpointPlace.resolve(root, named))) {
                if (place.isJson()) {
                    place.print(root.surroundings(), values(reader));
                } else {
                    print(reader);
                }
            }
            return ExitCode.DONE;
        });
    }

    private void print(CheckpointReader reader) {
        PrintWriter out = root.surroundings().out();
        Manifest manifest = reader.manifest();
        out.println(Printable.line(reader.folder().toString()));
        var head = new TextTable("ll", "value", "");
        position(manifest).forEach((name, value) -> head.row("position." + name, String.valueOf(value)));
        for (Manifest.Section section : Manifest.Section.values()) {
            manifest.section(section).forEach((name, value) -> {
                if (!(value instanceof String text && text.contains("\n"))) {
                    head.row(section.name().toLowerCase(Locale.ROOT) + "." + name, Printable.visible("" + value));
                }
            });
        }
        head.lines().forEach(out::println);
        out.println();
        var files = new TextTable("lrl", "file", "size", "sha256");
        for (Shard shard : manifest.shards()) {
            files.row(shard.file(), Printable.bytes(shard.sizeBytes()), shard.sha256());
        }
        files.lines().forEach(out::println);
        out.println();
        tensors(reader).lines().forEach(out::println);
        printTexts(manifest, out);
    }

    /// A tensor's moments have its type and extents, so they are a column.
    private static TextTable tensors(CheckpointReader reader) {
        var table = new TextTable("lllrll", "tensor", "type", "extents", "size", "moments", "file");
        for (Manifest.SavedTensor tensor : reader.manifest().tensors()) {
            TensorSpec spec = tensor.spec();
            boolean isMoment = spec.name().startsWith("optimizer.");
            boolean hasMoments = List.of(ModelSource.Moment.values()).stream()
                    .allMatch(moment -> reader.contains(moment.of(spec.name())));
            if (!isMoment) {
                table.row(
                        spec.name(),
                        spec.type().name(),
                        spec.extents().stream().map(String::valueOf).collect(Collectors.joining(" x ")),
                        Printable.bytes(spec.sizeBytes()),
                        hasMoments ? "yes" : "no",
                        tensor.shard());
            }
        }
        return table;
    }

    /// Values of several lines come last: the configuration.
    private static void printTexts(Manifest manifest, PrintWriter out) {
        for (Manifest.Section section : Manifest.Section.values()) {
            manifest.section(section).forEach((name, value) -> {
                if (value instanceof String text && text.contains("\n")) {
                    out.println();
                    out.println("  " + section.name().toLowerCase(Locale.ROOT) + "." + Printable.line(name));
                    text.lines().forEach(line -> out.println("    " + Printable.line(line)));
                }
            });
        }
    }

    private static Map<String, Object> position(Manifest manifest) {
        var values = new LinkedHashMap<String, Object>();
        ModelSource.Progress progress = manifest.position().progress();
        values.put("format-version", manifest.version());
        values.put("step", progress.step());
        values.put("consumed-samples", progress.consumedTrainSamples());
        values.put("consumed-valid-samples", progress.consumedValidSamples());
        values.put("adam-steps", progress.numAdamSteps());
        values.put("seed", manifest.position().seed());
        values.put("layout", CheckpointSummary.layout(manifest));
        return values;
    }

    private static Map<String, Object> values(CheckpointReader reader) {
        Manifest manifest = reader.manifest();
        var values = new LinkedHashMap<String, Object>();
        values.put("folder", reader.folder().toString());
        values.putAll(position(manifest));
        for (Manifest.Section section : Manifest.Section.values()) {
            values.put(section.name().toLowerCase(Locale.ROOT), manifest.section(section));
        }
        values.put(
                "files",
                manifest.shards().stream()
                        .map(shard ->
                                Map.of("file", shard.file(), "bytes", shard.sizeBytes(), "sha256", shard.sha256()))
                        .toList());
        values.put(
                "tensors",
                manifest.tensors().stream()
                        .map(tensor -> Map.of(
                                "name", tensor.spec().name(),
                                "dtype", tensor.spec().type().name(),
                                "shape", tensor.spec().extents(),
                                "file", tensor.shard()))
                        .toList());
        return values;
    }
}
