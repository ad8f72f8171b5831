package io.stagecraft.model.data;

/// Samples that a run may take of each part; they choose the number of epochs.
///
/// @param train of training
/// @param validation of all evaluations during training
/// @param test of the evaluation after it
public record SampleCounts(long train, long validation, long test) {
    public SampleCounts {
        if (train < 0 || validation < 0 || test < 0) {
            throw new IllegalArgumentException(
                    "numbers of samples must be >= 0 but are " + train + ", " + validation + " and " + test);
        }
    }

    /// Those of `trainIterations` steps with an evaluation of `evalIterations` steps every
    /// `evalInterval` of them and one more.
    ///
    /// - Source: Megatron-LM, `build_train_valid_test_data_iterators`.
    public static SampleCounts of(long trainIterations, long evalInterval, long evalIterations, long globalBatchSize) {
        if (evalInterval < 1) {
            throw new IllegalArgumentException("evalInterval must be >= 1 but is " + evalInterval);
        }
        long evaluations = (trainIterations / evalInterval + 1) * evalIterations;
        return new SampleCounts(
                Math.multiplyExact(trainIterations, globalBatchSize),
                Math.multiplyExact(evaluations, globalBatchSize),
                Math.multiplyExact(evalIterations, globalBatchSize));
    }

    long of(GptPart part) {
        return switch (part) {
            case TRAIN -> train;
            case VALIDATION -> validation;
            case TEST -> test;
        };
    }
}
