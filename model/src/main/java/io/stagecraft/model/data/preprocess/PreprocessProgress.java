package io.stagecraft.model.data.preprocess;

import java.nio.file.Path;
import java.util.List;

/// How far it is.
///
/// @param doneBytes of the inputs
/// @param totalBytes of the inputs
/// @param numDocuments that were written; a document of several keys counts once for each
/// @param numTokens that were written
/// @param numBadLines that were left out
public record PreprocessProgress(long doneBytes, long totalBytes, long numDocuments, long numTokens, long numBadLines) {
    /// Is told how it goes, by the thread that runs [Preprocessor].
    public interface Listener {
        /// Some more was written.
        void progressed(PreprocessProgress progress);

        /// A line was left out.
        void leftOut(BadLine line);
    }

    /// The end of it.
    ///
    /// @param prefixes of the data sets that stand now
    /// @param progress at the end
    public record Done(List<Path> prefixes, PreprocessProgress progress) {
        public Done {
            prefixes = List.copyOf(prefixes);
        }
    }
}
