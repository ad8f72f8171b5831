package io.stagecraft.model.checkpoint.pickle;

/// What the reader of zip files accepts.
///
/// @param maxEntries most entries
/// @param maxNameBytes longest name of an entry
/// @param maxInflatedBytes largest compressed entry, unpacked
/// @param maxRatio most bytes that a compressed byte may become; weights compress little, bombs
///     much
record ZipLimits(int maxEntries, int maxNameBytes, long maxInflatedBytes, int maxRatio) {
    static ZipLimits defaults() {
        return new ZipLimits(20_000, 256, 16L << 30, 32);
    }
}
