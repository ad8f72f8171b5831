package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.model.checkpoint.CheckpointStore;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `stagecraft checkpoint ls`.
@Command(
        name = "ls",
        description = "List the checkpoints of a run; * is the one that its pointer names.",
        footer = {"", "Example:", "  stagecraft checkpoint ls runs/gpt"})
final class CheckpointLsCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Mixin
    private CheckpointPlace place = new CheckpointPlace();

    @Parameters(arity = "0..1", paramLabel = "FOLDER", description = "Of a run; without it checkpoint.directory.")
    private Path folder = CheckpointPlace.CONFIGURED;

    CheckpointLsCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return CheckpointPlace.named(root, folder, this::list);
    }

    private int list(Path where) {
        return place.with(root, where, checkpoints -> {
            Optional<Path> latest = CheckpointStore.latestAt(CheckpointPlace.resolve(root, where));
            List<CheckpointSummary> all =
                    checkpoints.stream().map(CheckpointSummary::of).toList();
            String newest =
                    latest.map(path -> String.valueOf(path.getFileName())).orElse("");
            if (place.isJson()) {
                place.print(
                        root.surroundings(),
                        all.stream().map(one -> values(one, newest)).toList());
            } else {
                print(all, newest);
            }
            return ExitCode.DONE;
        });
    }

    private static LinkedHashMap<String, Object> values(CheckpointSummary one, String newest) {
        var values = new LinkedHashMap<String, Object>(one.values());
        values.put("latest", one.folder().equals(newest));
        return values;
    }

    private void print(List<CheckpointSummary> all, String newest) {
        var table = new TextTable("lrrrlrl", "", "step", "loss", "size", "layout", "saved", "folder");
        Instant now = Instant.now();
        for (CheckpointSummary one : all) {
            table.row(
                    one.folder().equals(newest) ? "*" : "",
                    one.step() < 0 ? "?" : String.valueOf(one.step()),
                    one.loss(),
                    one.fault().isEmpty() ? Printable.bytes(one.sizeBytes()) : "-",
                    one.layout(),
                    ago(Duration.between(one.saved(), now)),
                    one.folder());
        }
        PrintWriter out = root.surroundings().out();
        table.lines().forEach(out::println);
        all.stream()
                .filter(one -> !one.fault().isEmpty())
                .forEach(one -> out.println("  damaged: " + Printable.line(one.fault())));
    }

    /// In the largest unit of which there are at least two.
    static String ago(Duration age) {
        long seconds = Math.max(0, age.toSeconds());
        if (seconds < 120) {
            return seconds + " s ago";
        }
        if (seconds < 2 * 3600) {
            return seconds / 60 + " min ago";
        }
        return seconds < 2 * 86_400 ? seconds / 3600 + " h ago" : seconds / 86_400 + " d ago";
    }
}
