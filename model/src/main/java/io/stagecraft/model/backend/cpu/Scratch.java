package io.stagecraft.model.backend.cpu;

/// Memory that grows to the largest request and is kept: nothing is allocated once every request
/// was seen. Contents do not survive the next request.
final class Scratch implements AutoCloseable {
    private HostStorage storage = HostStorage.allocate(4096);

    /// Address of at least `bytes` bytes, 64-byte aligned.
    long address(long bytes) {
        if (storage.sizeBytes() < bytes) {
            storage.close();
            storage = HostStorage.allocate(bytes);
        }
        return storage.address();
    }

    @Override
    public void close() {
        storage.close();
    }
}
