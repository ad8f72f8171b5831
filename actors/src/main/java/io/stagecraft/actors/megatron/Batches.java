package io.stagecraft.actors.megatron;

/// Layout, batches and length of a run, as Megatron-LM derives them from each other.
///
/// @param tensorSize t
/// @param pipelineSize p
/// @param dataSize all ranks over t x p
/// @param microBatch sequences
/// @param globalBatch sequences, by default those of one microbatch of each replica
/// @param trainIters steps; of a run given in samples the whole ones
/// @param trainSamples of a run given in samples, otherwise 0
record Batches(
        long tensorSize,
        long pipelineSize,
        long dataSize,
        long microBatch,
        long globalBatch,
        long trainIters,
        long trainSamples) {
    static final String TENSOR = "--tensor-model-parallel-size";
    static final String PIPELINE = "--pipeline-model-parallel-size";
    static final String WORLD = "--world-size";
    static final String MICRO = "--micro-batch-size";
    static final String GLOBAL = "--global-batch-size";
    static final String ITERS = "--train-iters";
    static final String SAMPLES = "--train-samples";

    static Batches of(GivenValues given) {
        long tensor = given.whole(TENSOR, 1, 1);
        long pipeline = given.whole(PIPELINE, 1, 1);
        long model = tensor * pipeline;
        long world = given.whole(WORLD, 1, model);
        if (world % model != 0) {
            given.fault(
                    WORLD,
                    "must be a multiple of tensor-parallel x pipeline-parallel size, " + tensor + " x " + pipeline);
        }
        long data = Math.max(1, world / model);
        given.required(MICRO, "1");
        long micro = given.whole(MICRO, 1, 1);
        long global = given.whole(GLOBAL, 1, micro * data);
        if (global % (micro * data) != 0) {
            given.fault(GLOBAL, "must be a multiple of micro-batch size x data-parallel size, " + micro + " x " + data);
        }
        boolean inSamples = given.has(SAMPLES);
        if (inSamples && given.has(ITERS)) {
            given.fault(SAMPLES, "and --train-iters are two ways to say the same: give one");
        }
        if (!inSamples) {
            given.required(ITERS, "1");
        }
        long samples = given.whole(SAMPLES, 1, 0);
        if (inSamples && samples < global) {
            given.fault(SAMPLES, "must be at least one global batch, " + global);
        }
        long iters = given.whole(ITERS, 1, Math.max(1, samples / global));
        return new Batches(tensor, pipeline, data, micro, global, iters, samples);
    }

    /// Whether lengths are given in samples.
    boolean areInSamples() {
        return trainSamples > 0;
    }

    /// Samples of the run, as far as the schedule counts them.
    long length() {
        return areInSamples() ? trainSamples : trainIters * globalBatch;
    }
}
