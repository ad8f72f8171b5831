package io.stagecraft.tests.benchmark;

/// What a run that watched itself found; printed as one line of JSON. Its steps are not compared
/// with anybody's: watching costs a little.
///
/// @param measurement of its steps
/// @param breakdown where their time went
/// @param processor time of a step, a mean over all measured steps
/// @param gemmCeiling FLOP a second of one rank's thread at a large product, all threads at work
public record StepProfile(
        Measurement measurement, StepBreakdown breakdown, ProcessorTime processor, double gemmCeiling) {}
