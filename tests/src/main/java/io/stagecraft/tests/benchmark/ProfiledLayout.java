package io.stagecraft.tests.benchmark;

/// Where the time of our step goes at one layout.
///
/// @param task a [Workload] or [BenchmarkTask#EMPTY]
/// @param layout of the run
/// @param profile what it found
record ProfiledLayout(String task, Layout layout, StepProfile profile) {}
