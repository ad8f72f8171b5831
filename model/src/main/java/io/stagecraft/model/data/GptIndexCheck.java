package io.stagecraft.model.data;

import java.nio.file.Path;
import java.util.List;

/// Whether arrays that were read from files can be the index of a plan: every place is inside what
/// it points into, and the documents and samples are those of the plan.
///
/// @param plan what they must be the index of
/// @param files documents, samples, shuffle
record GptIndexCheck(GptIndexPlan plan, List<Path> files) {
    /// - Errors: [NpyFormatException] with file, element and what was expected.
    void check(GptIndex index) {
        checkOrder(index.documents(), 0, plan.firstDocument(), plan.numDocuments());
        checkOrder(index.shuffle(), 2, 0, plan.numSamples());
        checkSamples(index.samples(), index.documents().shape().numRows());
    }

    /// All of `[first, first + num)`, as often as each other: seen by their range and their sum.
    private void checkOrder(NpyArray order, int file, long first, long num) {
        long length = order.shape().numRows();
        long sum = 0; // sums are compared modulo 2^64
        for (long i = 0; i < length; i++) {
            long value = order.get(i);
            if (value < first || value >= first + num) {
                throw fault(file, i, "expected a number in [" + first + ", " + (first + num) + "), got " + value);
            }
            sum += value;
        }
        long expected = 0;
        for (long value = first; value < first + num; value++) {
            expected += value;
        }
        if (sum != length / num * expected) {
            throw fault(file, 0, "some of [" + first + ", " + (first + num) + ") are missing");
        }
    }

    private void checkSamples(NpyArray samples, long numPlaces) {
        long place = 0;
        long token = 0;
        for (long sample = 0; sample <= plan.numSamples(); sample++) {
            long nextPlace = samples.get(2 * sample);
            long nextToken = samples.get(2 * sample + 1);
            boolean isForward = nextPlace > place || nextPlace == place && nextToken >= token;
            if (!isForward || nextPlace >= numPlaces || nextToken < 0) {
                throw fault(
                        1,
                        2 * sample,
                        "expected a place after (" + place + ", " + token + ") and before (" + numPlaces + ", 0), got ("
                                + nextPlace + ", " + nextToken + ")");
            }
            place = nextPlace;
            token = nextToken;
        }
    }

    private NpyFormatException fault(int file, long element, String fault) {
        return new NpyFormatException(files.get(file), "element " + element, 0, fault);
    }
}
