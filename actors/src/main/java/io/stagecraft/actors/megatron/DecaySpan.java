package io.stagecraft.actors.megatron;

/// How long the learning rate rises and falls, in samples.
///
/// Source: Megatron-LM, `training.py`, `get_optimizer_param_scheduler`.
///
/// @param decaySamples until the floor, warm-up included
/// @param decayArgument where it came from
/// @param warmupSamples may be no whole number if it was given as a share
/// @param warmupArgument where it came from
record DecaySpan(long decaySamples, String decayArgument, String warmupSamples, String warmupArgument) {
    private static final String FRACTION = "--lr-warmup-fraction";

    static DecaySpan of(GivenValues given, Batches batches) {
        String unit = batches.areInSamples() ? "samples" : "iters";
        String other = batches.areInSamples() ? "iters" : "samples";
        for (String name : new String[] {"--lr-decay-" + other, "--lr-warmup-" + other}) {
            if (given.has(name)) {
                given.fault(name, "counts " + other + " but the run's length is --train-" + unit);
            }
        }
        long scale = batches.areInSamples() ? 1 : batches.globalBatch();
        String decayName = "--lr-decay-" + unit;
        long decay = given.whole(decayName, 1, batches.length() / scale) * scale;
        String decayArgument = given.has(decayName) ? given.shown(decayName) : given.shown("--train-" + unit);
        String warmupName = "--lr-warmup-" + unit;
        long warmup = given.whole(warmupName, 0, 0);
        if (!given.has(FRACTION)) {
            return new DecaySpan(decay, decayArgument, String.valueOf(warmup * scale), given.shown(warmupName));
        }
        if (warmup > 0) {
            given.fault(FRACTION, "and " + warmupName + " are two ways to say the same: give one");
        }
        double share = given.share(FRACTION, 1, 0);
        return new DecaySpan(decay, decayArgument, String.valueOf(share * decay), given.shown(FRACTION));
    }
}
