/// The training step against PyTorch: [PeerBenchmark][io.stagecraft.tests.benchmark.PeerBenchmark]
/// starts both sides in turns as processes of their own and compares what they print. See
/// tests/benchmark/README.md.
@NullMarked
package io.stagecraft.tests.benchmark;

import org.jspecify.annotations.NullMarked;
