package io.stagecraft.tests.benchmark;

/// Our side of the benchmark; not bound to the actors yet.
public final class TrainingStepBenchmark {
    private TrainingStepBenchmark() {}

    /// Says that there is nothing to run yet.
    public static void main(String[] arguments) {
        throw new IllegalStateException("TrainingStepBenchmark is not bound to the training actors yet");
    }
}
