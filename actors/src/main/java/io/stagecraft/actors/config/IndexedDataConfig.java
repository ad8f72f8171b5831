package io.stagecraft.actors.config;

import io.stagecraft.model.data.DataPath;
import io.stagecraft.model.text.TokenizerSource;
import java.nio.file.Path;
import java.util.Optional;

/// Data sets in Megatron-LM's format: token ids in `.bin`, their places in `.idx`.
///
/// @param path split by documents into training, validation and test
/// @param trainPath data of training alone, not split; used if `path` is none
/// @param validPath the same for validation
/// @param testPath the same for testing
/// @param split shares of training, validation and test documents
/// @param trainSamples samples that the order is made for; those of the whole run if 0
/// @param vocabFile GPT-2's `vocab.json`; the built-in one if empty
/// @param mergeFile GPT-2's `merges.txt`; the built-in one if empty
/// @param indexDirectory folder of the index files; beside the data if empty
/// @param rules what the end of a document means
public record IndexedDataConfig(
        DataPath path,
        DataPath trainPath,
        DataPath validPath,
        DataPath testPath,
        String split,
        long trainSamples,
        String vocabFile,
        String mergeFile,
        String indexDirectory,
        Rules rules) {
    /// Megatron-LM's switches of the same names.
    ///
    /// @param resetPositionIds positions begin again after each end of document
    /// @param resetAttentionMask a token attends within its document only
    /// @param eodMaskLoss positions whose input is the end of document do not count in the loss
    public record Rules(boolean resetPositionIds, boolean resetAttentionMask, boolean eodMaskLoss) {}

    private static final String SPLIT = "969, 30, 1";

    public IndexedDataConfig {
        Range.NOT_NEGATIVE.require("data.train-samples", trainSamples);
        if (vocabFile.isEmpty() != mergeFile.isEmpty()) {
            throw new IllegalArgumentException("data.vocab-file and data.merge-file must be given together but are \""
                    + vocabFile + "\" and \"" + mergeFile + "\"");
        }
    }

    /// No data set.
    public static IndexedDataConfig none() {
        var none = new DataPath.None();
        return new IndexedDataConfig(none, none, none, none, SPLIT, 0, "", "", "", new Rules(false, false, false));
    }

    /// One data set, split by Megatron-LM's default, with the built-in vocabulary.
    public static IndexedDataConfig of(Path prefix) {
        var none = new DataPath.None();
        return new IndexedDataConfig(
                new DataPath.Single(prefix), none, none, none, SPLIT, 0, "", "", "", new Rules(false, false, false));
    }

    /// The files that are named for the vocabulary, if any are.
    public Optional<TokenizerSource> vocabulary() {
        return vocabFile.isEmpty()
                ? Optional.empty()
                : Optional.of(new TokenizerSource.GptBpeFiles(Path.of(vocabFile), Path.of(mergeFile)));
    }

    /// Whether there is any data set.
    public boolean isGiven() {
        return isPath(path) || isPath(trainPath) || isPath(validPath) || isPath(testPath);
    }

    /// Whether all data are split by documents.
    public boolean isSplit() {
        return isPath(path);
    }

    private static boolean isPath(DataPath path) {
        return !(path instanceof DataPath.None);
    }
}
