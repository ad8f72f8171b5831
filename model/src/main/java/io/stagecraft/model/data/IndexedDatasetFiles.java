package io.stagecraft.model.data;

import java.nio.file.Path;

/// The two files of an indexed data set.
///
/// @param bin tokens of all items, one item behind the other
/// @param idx where each item and each document lies
public record IndexedDatasetFiles(Path bin, Path idx) {
    private static final String BIN = ".bin";
    private static final String IDX = ".idx";

    /// The files of `prefix`; the name of one of the two files stands for its prefix.
    public static IndexedDatasetFiles of(Path prefix) {
        String name = prefix.getFileName() instanceof Path last ? last.toString() : "";
        String stem = name.endsWith(BIN) || name.endsWith(IDX) ? name.substring(0, name.length() - BIN.length()) : name;
        if (stem.isEmpty()) {
            throw new IllegalArgumentException("the prefix of a data set must end in a name but is \"" + prefix + "\"");
        }
        return new IndexedDatasetFiles(prefix.resolveSibling(stem + BIN), prefix.resolveSibling(stem + IDX));
    }
}
