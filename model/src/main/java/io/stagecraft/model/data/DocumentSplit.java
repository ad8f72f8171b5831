package io.stagecraft.model.data;

import java.util.Arrays;

/// Borders of the training, validation and test documents: part `i` is
/// `[border(i), border(i + 1))`.
///
/// - Source: Megatron-LM, `get_train_valid_test_split_`.
///
/// @param train end of the training documents
/// @param validation end of the validation documents
/// @param test end of the test documents, the number of documents
public record DocumentSplit(long train, long validation, long test) {
    private static final int NUM_PARTS = 3;

    /// Splits `numDocuments` in proportions such as `969, 30, 1` or `98/2`; what is missing is 0.
    ///
    /// - Errors: [IllegalArgumentException] if a proportion is no number of 0 or more, or all
    ///   are 0.
    public static DocumentSplit of(String proportions, long numDocuments) {
        double[] shares = shares(proportions);
        var borders = new long[NUM_PARTS + 1];
        for (int i = 0; i < NUM_PARTS; i++) {
            borders[i + 1] = borders[i] + (long) Math.rint(shares[i] * numDocuments); // halves to even
        }
        long excess = borders[NUM_PARTS] - numDocuments;
        return new DocumentSplit(Math.max(0, borders[1] - excess), Math.max(0, borders[2] - excess), numDocuments);
    }

    /// Everything to part `part`, as if it had a data set of its own.
    static DocumentSplit whole(GptPart part, long numDocuments) {
        return switch (part) {
            case TRAIN -> new DocumentSplit(numDocuments, numDocuments, numDocuments);
            case VALIDATION -> new DocumentSplit(0, numDocuments, numDocuments);
            case TEST -> new DocumentSplit(0, 0, numDocuments);
        };
    }

    /// First document of `part`.
    long first(GptPart part) {
        return switch (part) {
            case TRAIN -> 0;
            case VALIDATION -> train;
            case TEST -> validation;
        };
    }

    /// The document after the last of `part`.
    long end(GptPart part) {
        return switch (part) {
            case TRAIN -> train;
            case VALIDATION -> validation;
            case TEST -> test;
        };
    }

    private static double[] shares(String proportions) {
        String separator = proportions.contains(",") ? "," : "/";
        double[] shares;
        try {
            shares = Arrays.stream(proportions.split(separator))
                    .mapToDouble(Double::parseDouble)
                    .limit(NUM_PARTS)
                    .toArray();
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("a split is numbers such as 969,30,1 but is " + proportions, e);
        }
        shares = Arrays.copyOf(shares, NUM_PARTS);
        double sum = 0;
        for (double share : shares) {
            sum += share;
        }
        if (!(sum > 0 && Double.isFinite(sum)) || Arrays.stream(shares).anyMatch(share -> share < 0)) {
            throw new IllegalArgumentException(
                    "the shares of a split are 0 or more, not all 0, but are " + proportions);
        }
        for (int i = 0; i < NUM_PARTS; i++) {
            shares[i] /= sum;
        }
        return shares;
    }
}
