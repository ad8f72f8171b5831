package io.stagecraft.actors.train;

import io.stagecraft.actors.config.CheckpointConfig;
import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.CheckpointStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds what a training run goes on with.
public final class ResumePoint {
    private static final Logger LOG = LoggerFactory.getLogger(ResumePoint.class);

    private ResumePoint() {}

    /// What `checkpoint.resume` asks for: the newest intact checkpoint of the run's folder, or the
    /// beginning. Damaged ones are told with a warning, what an interrupted save left is put in
    /// order. Reads whole checkpoints.
    ///
    /// - Errors: [IllegalArgumentException] if one is required and there is none, or all that are
    ///   there are damaged; [CheckpointFormatException] if the newest is of a newer format;
    ///   [java.io.UncheckedIOException] naming the path.
    public static Start of(CheckpointConfig config) {
        return switch (config.resume()) {
            case NEVER -> new Start.Fresh();
            case AUTO, REQUIRED -> newest(config);
        };
    }

    private static Start newest(CheckpointConfig config) {
        var store = new CheckpointStore(config.directory());
        if (config.save() == CheckpointConfig.Save.ON) {
            store.recover().forEach(path -> LOG.info("put in order what an unfinished save left: {}", path));
        }
        var damaged = new ArrayList<CheckpointFormatException>();
        Optional<Path> newest = store.newestIntact(damage -> {
            damaged.add(damage);
            LOG.warn("a damaged checkpoint is passed over: {}", damage.getMessage());
        });
        if (newest.isPresent()) {
            return new Start.Resume(newest.get());
        }
        if (!damaged.isEmpty()) {
            throw new IllegalArgumentException("no checkpoint in " + config.directory() + " is intact, the first fault"
                    + " is " + damaged.getFirst().getMessage() + "; checkpoint.resume=never starts anew");
        }
        if (config.resume() == CheckpointConfig.Resume.REQUIRED) {
            throw new IllegalArgumentException("checkpoint.resume=required, but there is no checkpoint in "
                    + config.directory() + "; checkpoint.resume=auto starts at step 1 then");
        }
        return new Start.Fresh();
    }
}
