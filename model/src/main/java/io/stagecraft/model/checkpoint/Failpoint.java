package io.stagecraft.model.checkpoint;

import java.util.Locale;
import java.util.Optional;

/// A moment of a save, just after the operation that it is called after: where a test lets the
/// program die or a call fail.
public enum Failpoint {
    /// The temporary folder is there and empty.
    FOLDER_CREATED,
    /// All ranks have written their shards; nothing of them need be on the disk.
    SHARDS_WRITTEN,
    /// A shard was read for its sums.
    SHARD_SUMMED,
    /// A shard is on the disk.
    SHARD_SYNCED,
    /// The manifest is written.
    MANIFEST_WRITTEN,
    /// The manifest is on the disk.
    MANIFEST_SYNCED,
    /// The file of sums is written.
    SUMS_WRITTEN,
    /// The file of sums is on the disk.
    SUMS_SYNCED,
    /// The names in the temporary folder are on the disk.
    FOLDER_SYNCED,
    /// A checkpoint of the same step has made room.
    REPLACED_ASIDE,
    /// The folder has its final name.
    FOLDER_RENAMED,
    /// The final name is on the disk.
    PARENT_SYNCED,
    /// The new pointer is written beside the old one.
    POINTER_WRITTEN,
    /// The new pointer is on the disk beside the old one.
    POINTER_SYNCED,
    /// The new pointer has replaced the old one.
    POINTER_RENAMED,
    /// The pointer's name is on the disk: the checkpoint is durable.
    POINTER_LASTS,
    /// The checkpoint was read back and is as it was written.
    VERIFIED,
    /// A checkpoint that is too old has lost its name.
    OLD_ASIDE,
    /// A checkpoint that is too old is gone.
    OLD_REMOVED;

    /// Its name in a setting, for example `folder-renamed`.
    public String key() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// The point called `key`.
    public static Optional<Failpoint> named(String key) {
        for (Failpoint point : values()) {
            if (point.key().equals(key)) {
                return Optional.of(point);
            }
        }
        return Optional.empty();
    }
}
