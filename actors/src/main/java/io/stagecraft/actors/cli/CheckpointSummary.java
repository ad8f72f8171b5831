package io.stagecraft.actors.cli;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/// One checkpoint in a line.
///
/// @param folder its folder's name
/// @param step optimizer steps done
/// @param loss of the last step, in words
/// @param sizeBytes of its shards
/// @param layout tensor x pipeline x data at saving
/// @param saved when
/// @param version of the format
/// @param fault why it cannot be read; empty if it can
record CheckpointSummary(
        String folder,
        long step,
        String loss,
        long sizeBytes,
        String layout,
        Instant saved,
        int version,
        String fault) {
    /// Reads the manifest at `folder` and the heads of its shards; no sums but the manifest's.
    static CheckpointSummary of(Path folder) {
        String name = String.valueOf(folder.getFileName());
        try (CheckpointReader reader = CheckpointStore.open(folder)) {
            Manifest manifest = reader.manifest();
            return new CheckpointSummary(
                    name,
                    manifest.position().step(),
                    loss(manifest),
                    manifest.shards().stream().mapToLong(Shard::sizeBytes).sum(),
                    layout(manifest),
                    saved(folder),
                    manifest.version(),
                    "");
        } catch (CheckpointFormatException | UncheckedIOException e) {
            return new CheckpointSummary(name, -1, "-", 0, "-", saved(folder), 0, String.valueOf(e.getMessage()));
        }
    }

    /// `2x1x1`.
    static String layout(Manifest manifest) {
        Manifest.Layout layout = manifest.position().layout();
        return layout.tensor() + "x" + layout.pipeline() + "x" + layout.data();
    }

    /// As JSON has it.
    Map<String, Object> values() {
        var values = new LinkedHashMap<String, Object>();
        values.put("folder", folder);
        values.put("step", step);
        values.put("loss", number(loss));
        values.put("bytes", sizeBytes);
        values.put("layout", layout);
        values.put("saved", saved.toString());
        values.put("version", version);
        values.put("fault", fault);
        return values;
    }

    /// A number for scripts, or the text where there is none.
    private static Object number(String loss) {
        try {
            double value = Double.parseDouble(loss);
            return Double.isFinite(value) ? (Object) value : loss;
        } catch (NumberFormatException _) {
            return loss;
        }
    }

    private static String loss(Manifest manifest) {
        Object loss = manifest.section(Manifest.Section.STATE).getOrDefault("lm-loss", "-");
        try {
            return String.valueOf((float) Double.parseDouble(String.valueOf(loss)));
        } catch (NumberFormatException _) {
            return "-";
        }
    }

    private static Instant saved(Path folder) {
        try {
            return Files.getLastModifiedTime(folder).toInstant();
        } catch (IOException _) {
            return Instant.EPOCH;
        }
    }
}
