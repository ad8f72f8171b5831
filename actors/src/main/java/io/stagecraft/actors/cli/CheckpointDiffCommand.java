package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.model.checkpoint.CheckpointDifference;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `stagecraft checkpoint diff`.
@Command(
        name = "diff",
        description = "Compare two checkpoints, tensor by tensor and bit for bit, and what they say of their runs.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:the same point of the same run; layout, folders and configuration may differ",
            "1:a tensor, the position, model, tokenizer or state differs",
            "2:there is no such checkpoint, or it is damaged"
        },
        footer = {"", "Example:", "  stagecraft checkpoint diff runs/a runs/b"})
final class CheckpointDiffCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Mixin
    private CheckpointPlace place = new CheckpointPlace();

    @Parameters(index = "0", paramLabel = "A", description = "A checkpoint, or a folder of them: the newest.")
    private Path first = Path.of("");

    @Parameters(index = "1", paramLabel = "B", description = "Likewise.")
    private Path second = Path.of("");

    CheckpointDiffCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return place.with(root, first, _ -> place.with(root, second, _ -> compare()));
    }

    private int compare() {
        try (CheckpointReader a = CheckpointStore.open(CheckpointPlace.resolve(root, first));
                CheckpointReader b = CheckpointStore.open(CheckpointPlace.resolve(root, second))) {
            CheckpointDifference difference = CheckpointDifference.between(a, b);
            if (place.isJson()) {
                place.print(root.surroundings(), values(a, b, difference));
            } else {
                print(a, b, difference);
            }
            return difference.isSameState() ? ExitCode.DONE : ExitCode.FAILED;
        }
    }

    private void print(CheckpointReader a, CheckpointReader b, CheckpointDifference difference) {
        PrintWriter out = root.surroundings().out();
        out.println("  A  " + Printable.line(a.folder().toString()));
        out.println("  B  " + Printable.line(b.folder().toString()));
        out.println("  " + difference.numEqual() + " tensors are equal bit for bit, "
                + difference.tensors().size() + " differ");
        if (!difference.tensors().isEmpty()) {
            var table = new TextTable("lrll", "tensor", "max |A - B|", "A", "B");
            for (var tensor : difference.tensors()) {
                table.row(tensor.name(), number(tensor.largest()), tensor.first(), tensor.second());
            }
            table.lines().forEach(out::println);
        }
        if (!difference.values().isEmpty()) {
            var table = new TextTable("lll", "value", "A", "B");
            for (var value : difference.values()) {
                table.row(value.name(), Printable.visible(value.first()), Printable.visible(value.second()));
            }
            table.lines().forEach(out::println);
        }
    }

    private static Map<String, Object> values(CheckpointReader a, CheckpointReader b, CheckpointDifference difference) {
        var values = new LinkedHashMap<String, Object>();
        values.put("a", a.folder().toString());
        values.put("b", b.folder().toString());
        values.put("same", difference.isSameState());
        values.put("equal-tensors", difference.numEqual());
        values.put(
                "tensors",
                difference.tensors().stream()
                        .map(it -> Map.of(
                                "name", it.name(), "a", it.first(), "b", it.second(), "max", jsonNumber(it.largest())))
                        .toList());
        values.put(
                "values",
                difference.values().stream()
                        .map(it -> Map.of("name", it.name(), "a", it.first(), "b", it.second()))
                        .toList());
        return values;
    }

    /// As tables have it, but a number for scripts where there is one.
    private static Object jsonNumber(double value) {
        return Double.isFinite(value) ? (Object) value : number(value);
    }

    private static String number(double value) {
        return Double.isInfinite(value) ? "no number" : String.format(Locale.ROOT, "%.3e", value);
    }
}
