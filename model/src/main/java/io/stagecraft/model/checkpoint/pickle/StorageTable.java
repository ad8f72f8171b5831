package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Storage;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/// The storages that a pickle mentions, and where their bytes are.
final class StorageTable {
    private final Map<String, Storage> mentioned = new LinkedHashMap<>();
    private final Map<String, MemorySegment> bytes = new LinkedHashMap<>();

    /// Remembers a storage; all mentions of a key must agree. `fault` makes the error.
    Storage mention(Storage storage, Function<String, CheckpointFormatException> fault) {
        Storage first = mentioned.computeIfAbsent(storage.key(), key -> storage);
        if (!first.equals(storage)) {
            throw fault.apply("the storage " + storage + " was mentioned before as " + first);
        }
        return first;
    }

    Map<String, Storage> mentioned() {
        return mentioned;
    }

    /// Says where the bytes of `storage` are. The caller has checked their number.
    void place(Storage storage, MemorySegment segment) {
        bytes.put(storage.key(), segment);
    }

    boolean isPlaced(Storage storage) {
        return bytes.containsKey(storage.key());
    }

    MemorySegment bytes(Storage storage) {
        if (!storage.equals(mentioned.get(storage.key())) || !isPlaced(storage)) {
            throw new IllegalArgumentException("the storage " + storage + " is not of this file");
        }
        return bytes.get(storage.key());
    }
}
