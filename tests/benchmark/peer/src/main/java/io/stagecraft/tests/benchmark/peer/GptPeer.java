package io.stagecraft.tests.benchmark.peer;

import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.cross_entropy_loss;
import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.linear;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/// GPT-2 with tied input and output embeddings, float32, without dropout.
final class GptPeer {
    private final PeerOptions sizes;
    private final Tensor tokenEmbedding; // [V, C]
    private final Tensor positionEmbedding; // [T, C]
    private final List<PeerBlock> blocks;
    private final PeerBlock.Norm lastNorm;
    private final Tensor positions; // [T]

    GptPeer(PeerOptions sizes, PeerParameters parameters) {
        this.sizes = sizes;
        this.tokenEmbedding = parameters.matrix(PeerParameters.INITIAL_STD, sizes.vocabulary(), sizes.hidden());
        this.positionEmbedding = parameters.matrix(PeerParameters.INITIAL_STD, sizes.sequence(), sizes.hidden());
        this.blocks = IntStream.range(0, sizes.layers())
                .mapToObj(_ -> new PeerBlock(sizes, parameters))
                .toList();
        this.lastNorm = PeerBlock.Norm.create(parameters, sizes.hidden());
        this.positions = arange(new Scalar(sizes.sequence()), new TensorOptions(torch.ScalarType.Long));
    }

    /// The mean cross-entropy over all positions; `tokens` and `targets` are `[B, T]` of int64.
    Tensor loss(Tensor tokens, Tensor targets) {
        Tensor x = embedding(tokenEmbedding, tokens).add(embedding(positionEmbedding, positions)); // [B, T, C]
        for (PeerBlock block : blocks) {
            x = block.forward(x);
        }
        Tensor logits = linear(lastNorm.forward(x), tokenEmbedding); // [B, T, V]
        long rows = (long) sizes.batch() * sizes.sequence();
        return cross_entropy_loss(logits.view(rows, sizes.vocabulary()), targets.view(rows));
    }
}
