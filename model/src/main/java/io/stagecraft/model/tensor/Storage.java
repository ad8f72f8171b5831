package io.stagecraft.model.tensor;

/// Memory that a backend owns and tensors are views of. Layers never look inside: a backend that
/// made it knows what it is.
///
/// Whoever called [io.stagecraft.model.backend.Backend#allocate] closes it; every later use of a
/// view of it fails.
public interface Storage extends AutoCloseable {
    /// Size in bytes.
    long sizeBytes();

    /// Frees the memory.
    @Override
    void close();
}
