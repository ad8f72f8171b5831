package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Shard;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `stagecraft checkpoint verify`.
@Command(
        name = "verify",
        description = "Read every byte of a checkpoint, or of all in a folder, and compare all sums.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:intact", "1:damaged; the file and where in it was printed", "2:there is no checkpoint"},
        footer = {"", "Example:", "  stagecraft checkpoint verify runs/gpt/checkpoints"})
final class CheckpointVerifyCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Mixin
    private CheckpointPlace place = new CheckpointPlace();

    @Parameters(
            arity = "0..1",
            paramLabel = "CHECKPOINT",
            description = "A checkpoint or a folder of them; without it checkpoint.directory.")
    private Path folder = CheckpointPlace.CONFIGURED;

    /// What is wrong with a file, and where.
    private record Damage(String file, long offsetBytes, String text) {
        Map<String, Object> values() {
            return Map.of("file", file, "offset", offsetBytes, "fault", text);
        }
    }

    CheckpointVerifyCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        return CheckpointPlace.named(root, folder, this::verifyAll);
    }

    private int verifyAll(Path named) {
        return place.with(root, named, checkpoints -> {
            var reports = new ArrayList<Map<String, Object>>();
            boolean allIntact = true;
            for (Path checkpoint : checkpoints) {
                List<Damage> found = verify(checkpoint);
                allIntact &= found.isEmpty();
                if (place.isJson()) {
                    var report = new LinkedHashMap<String, Object>();
                    report.put("folder", checkpoint.toString());
                    report.put("intact", found.isEmpty());
                    report.put("damage", found.stream().map(Damage::values).toList());
                    reports.add(report);
                } else {
                    print(checkpoint, found);
                }
            }
            if (place.isJson()) {
                place.print(root.surroundings(), reports);
            }
            return allIntact ? ExitCode.DONE : ExitCode.FAILED;
        });
    }

    private void print(Path checkpoint, List<Damage> found) {
        var out = root.surroundings().out();
        out.println("  " + Printable.line(String.valueOf(checkpoint.getFileName()))
                + (found.isEmpty() ? ": intact" : ": damaged"));
        found.forEach(damage -> out.println("    " + Printable.line(damage.text())));
        out.flush();
    }

    /// Goes on after a damaged shard, so that all are named.
    private static List<Damage> verify(Path checkpoint) {
        var found = new ArrayList<Damage>();
        try (CheckpointReader reader = CheckpointStore.open(checkpoint)) {
            for (Shard shard : reader.manifest().shards()) {
                found.addAll(damage(checkpoint.resolve(shard.file()), () -> shard.verify(checkpoint)));
            }
            return found;
        } catch (CheckpointFormatException e) {
            return List.of(damage(e));
        }
    }

    private static List<Damage> damage(Path file, Runnable check) {
        try {
            check.run();
            return List.of();
        } catch (CheckpointFormatException e) {
            return List.of(damage(e));
        } catch (UncheckedIOException e) {
            return List.of(new Damage(file.toString(), 0, String.valueOf(e.getMessage())));
        }
    }

    private static Damage damage(CheckpointFormatException e) {
        return new Damage(e.file().toString(), e.offsetBytes(), String.valueOf(e.getMessage()));
    }
}
