package io.stagecraft.model.checkpoint.pickle;

import io.stagecraft.model.checkpoint.pickle.PickleValue.BigWhole;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Bool;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Dictionary;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Sequence;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Storage;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Text;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Whole;
import java.math.BigInteger;

/// What `torch.save` wrote before 1.6: five pickles one after another (magic number, protocol, the
/// writer's machine, the object, keys of the storages), then for each key a count and the elements.
///
/// Source: PyTorch, `torch/serialization.py`, `_legacy_save`.
final class LegacyStream {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final Whole PROTOCOL = new Whole(1001);

    private final ByteRange range;
    private final PickleInput in;
    private final PickleLimits limits;
    private final StorageTable storages;

    LegacyStream(ByteRange range, PickleLimits limits, StorageTable storages) {
        this.range = range;
        this.limits = limits;
        this.storages = storages;
        in = new PickleInput(range, limits);
    }

    /// The object; all its storages are placed.
    PickleValue load() {
        if (!(next() instanceof BigWhole(BigInteger magic)) || !magic.equals(MAGIC)) {
            throw range.fault("magic number", 0, "neither a zip file nor a stream of torch.save");
        }
        long at = in.position();
        if (!next().equals(PROTOCOL)) {
            throw range.fault("protocol", at, "expected " + PROTOCOL.value());
        }
        at = in.position();
        boolean little = next() instanceof Dictionary machine
                && machine.get("little_endian").equals(java.util.Optional.of(new Bool(true)));
        if (!little) {
            throw range.fault("system information", at, "expected that of a little-endian machine");
        }
        PickleValue object = next();
        at = in.position();
        if (!(next() instanceof Sequence keys)) {
            throw range.fault("keys of the storages", at, "expected a list");
        }
        place(keys);
        return object;
    }

    private PickleValue next() {
        return Unpickler.load(in, limits, storages);
    }

    private void place(Sequence keys) {
        long at = in.position();
        for (PickleValue item : keys.items()) {
            String field = "storage " + item;
            if (!(item instanceof Text(String key)) || !storages.mentioned().containsKey(key)) {
                throw range.fault(field, at, "no tensor mentions it");
            }
            Storage storage = storages.mentioned().get(key);
            range.require(field, at, Long.BYTES);
            if (range.i64(at) != storage.numElements() || storages.isPlaced(storage)) {
                throw range.fault(
                        field,
                        at,
                        "has " + range.i64(at) + " elements, or comes twice, but the object says "
                                + storage.numElements());
            }
            long size = storage.numElements() * storage.type().sizeBytes();
            range.require(field, at + Long.BYTES, size);
            storages.place(storage, range.slice(field, at + Long.BYTES, size).bytes());
            at += Long.BYTES + size;
        }
        for (Storage storage : storages.mentioned().values()) {
            if (!storages.isPlaced(storage)) {
                throw range.fault("storage " + storage, at, "is mentioned but not in the file");
            }
        }
        if (at != range.size()) {
            throw range.fault("end", at, (range.size() - at) + " bytes belong to no storage");
        }
    }
}
