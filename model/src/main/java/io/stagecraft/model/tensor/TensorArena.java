package io.stagecraft.model.tensor;

/// Hands out tensors from one [Storage], first to last, and takes them all back at once: no free
/// list, no zeroing, no garbage.
///
/// Scopes nest: rank ⊃ step ⊃ microbatch. Contents of a fresh tensor are whatever was there before.
///
/// - Errors: [IllegalStateException] naming the arena, its size and the request if it does not fit.
///   Sizes are computed before the run by the same layers on a measuring arena, so this is a
///   programming error, not the user's.
/// - Thread: one, the owning rank's compute thread.
public final class TensorArena {
    /// Every tensor starts at a multiple of this many bytes: a cache line.
    public static final int ALIGNMENT_BYTES = 64;

    private final String name;
    private final Storage storage;
    private long used;
    private long peak;

    /// Takes no ownership of `storage`.
    public TensorArena(String name, Storage storage) {
        this.name = name;
        this.storage = storage;
    }

    /// A tensor of `shape`, valid until this arena is reset to a mark before it.
    public Tensor allocate(DType dtype, Shape shape) {
        long bytes = Math.multiplyExact(shape.numElements(), (long) dtype.sizeBytes());
        long next = Math.addExact(used, roundUp(bytes));
        if (next > storage.sizeBytes()) {
            throw new IllegalStateException("arena " + name + " of " + storage.sizeBytes() + " bytes has " + used
                    + " in use and cannot give " + dtype + shape + " (" + bytes + " bytes)");
        }
        var tensor = new Tensor(storage, used, shape, dtype);
        used = next;
        peak = Math.max(peak, used);
        return tensor;
    }

    /// Bytes in use, to be given to [#reset] later.
    public long mark() {
        return used;
    }

    /// Takes back everything allocated since `mark`.
    public void reset(long mark) {
        if (mark < 0 || mark > used) {
            throw new IllegalArgumentException(
                    "arena " + name + ": mark " + mark + " is not within the " + used + " bytes in use");
        }
        used = mark;
    }

    /// Takes back everything.
    public void reset() {
        used = 0;
    }

    /// The most bytes that were in use at one time.
    public long peakBytes() {
        return peak;
    }

    /// Bytes that `bytes` occupy in an arena.
    public static long roundUp(long bytes) {
        return Math.addExact(bytes, ALIGNMENT_BYTES - 1) / ALIGNMENT_BYTES * ALIGNMENT_BYTES;
    }
}
