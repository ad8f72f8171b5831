package io.stagecraft.actors.train;

import io.stagecraft.model.checkpoint.ModelSource;
import java.util.Map;

/// Where a run is at a checkpoint, as the manifest keeps it.
///
/// @param progress steps, samples and updates
/// @param values what the run itself wants back, the manifest's section `state`: values that JSON
///     has
public record SavedState(ModelSource.Progress progress, Map<String, Object> values) {
    public SavedState {
        values = Map.copyOf(values);
    }

    /// Steps done.
    public long step() {
        return progress.step();
    }
}
