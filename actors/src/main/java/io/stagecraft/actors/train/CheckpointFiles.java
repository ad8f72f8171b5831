package io.stagecraft.actors.train;

import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.Manifest;
import io.stagecraft.model.checkpoint.PendingCheckpoint;
import io.stagecraft.model.checkpoint.Shard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [CheckpointFolder] over a [CheckpointStore]: one shard a pipeline stage, the newest few are
/// kept.
final class CheckpointFiles implements CheckpointFolder {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFiles.class);

    /// What every checkpoint of a run says beside its tensors.
    ///
    /// @param sections model, tokenizer, configuration
    /// @param layout how the run is spread
    /// @param seed of the run
    /// @param keep checkpoints that are kept, at least 1
    record Facts(Map<Manifest.Section, Map<String, Object>> sections, Manifest.Layout layout, long seed, int keep) {}

    private final CheckpointStore store;
    private final Facts facts;
    private final Map<Long, PendingCheckpoint> pending = new HashMap<>();

    CheckpointFiles(CheckpointStore store, Facts facts) {
        this.store = store;
        this.facts = facts;
    }

    @Override
    public Path prepare(long step) {
        PendingCheckpoint begun = store.begin(step);
        pending.put(step, begun);
        return begun.folder();
    }

    @Override
    public Durable commit(SavedState state) {
        try (PendingCheckpoint complete = take(state.step())) {
            List<Shard> shards = complete.sumUp();
            var position = new Manifest.RunPosition(state.progress(), facts.seed(), facts.layout());
            var sections = new EnumMap<Manifest.Section, Map<String, Object>>(Manifest.Section.class);
            sections.putAll(facts.sections());
            sections.put(Manifest.Section.STATE, state.values());
            Path folder = complete.commit(position, sections, shards);
            removeBefore(folder);
            return new Durable(folder, sizeBytes(folder));
        }
    }

    @Override
    public void discard(long step) {
        take(step).close();
    }

    private PendingCheckpoint take(long step) {
        if (!pending.containsKey(step)) {
            throw new IllegalStateException("no checkpoint of step " + step + " was begun in " + store.root());
        }
        return pending.remove(step);
    }

    /// Removes older checkpoints than `newest` but for the last few. Those of later steps come from
    /// an earlier run and are replaced one by one. What cannot be removed is told and stays.
    private void removeBefore(Path newest) {
        try {
            store.retain(newest, facts.keep());
        } catch (UncheckedIOException e) {
            LOG.warn("an old checkpoint stays: {}", e.getMessage());
        }
    }

    private static long sizeBytes(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            long sum = 0;
            for (Path file : files.toList()) {
                sum += Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the checkpoint " + folder + ": " + e, e);
        }
    }
}
