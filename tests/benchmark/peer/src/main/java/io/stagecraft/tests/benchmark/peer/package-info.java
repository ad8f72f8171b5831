/// The peer of the benchmark: one training step of GPT-2 in PyTorch 2.13 on the CPU, through
/// libtorch.
///
/// [TorchPeer][io.stagecraft.tests.benchmark.peer.TorchPeer] is the program. It builds a
/// [GptPeer][io.stagecraft.tests.benchmark.peer.GptPeer], steps it with
/// [FusedAdamW][io.stagecraft.tests.benchmark.peer.FusedAdamW] and prints one JSON object.
///
/// Letters in shapes: `B` sequences, `T` positions, `C` hidden, `H` heads, `D` head size, `V`
/// vocabulary.
@NullMarked
package io.stagecraft.tests.benchmark.peer;

import org.jspecify.annotations.NullMarked;
