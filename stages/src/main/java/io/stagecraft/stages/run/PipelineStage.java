package io.stagecraft.stages.run;

import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.LossHead;
import io.stagecraft.model.layer.Pass;
import io.stagecraft.model.tensor.Tensor;
import java.util.List;

/// The layers of one stage, and the head if it is the last: forward and backward of one microbatch.
///
/// - Thread: the rank's compute thread.
final class PipelineStage {
    private final List<Layer> layers;
    private final GptStage.End end;

    PipelineStage(GptStage stage) {
        this.layers = stage.layers();
        this.end = stage.end();
    }

    /// Runs the layers. Keeps the passes, which read `x`, in the slot.
    Tensor forward(MicrobatchSlot slot, Tensor x) {
        Tensor y = x;
        for (Layer layer : layers) {
            Pass pass = layer.forward(y, slot.context());
            slot.passes().add(pass);
            y = pass.output();
        }
        return y;
    }

    /// Loss of hidden states `x`, kept in the slot; its sum is `[1]`, FLOAT64.
    Tensor forwardLoss(MicrobatchSlot slot, Tensor x) {
        slot.context().alternateGradients();
        LossHead.LossPass pass = head().forward(x, slot.context());
        slot.keepLoss(pass);
        return pass.lossSum();
    }

    /// Logits of hidden states `x`, this tensor rank's part of the vocabulary.
    Tensor logits(MicrobatchSlot slot, Tensor x) {
        return head().logits(x, slot.context());
    }

    /// Backward of the head: both halves. Returns the gradient of the last layer's output.
    Tensor backwardLoss(MicrobatchSlot slot) {
        slot.context().alternateGradients();
        Tensor dX = slot.loss().backwardInput();
        slot.loss().backwardWeight();
        return dX;
    }

    /// Both halves of backward, layer by layer, but for the weights of the first layer, which
    /// nobody waits for: [#finishBackward]. `dY` lies in the current gradient arena or in a receive
    /// buffer.
    Tensor backward(MicrobatchSlot slot, Tensor dY) {
        Tensor gradient = dY;
        for (int i = layers.size() - 1; i >= 0; i--) {
            Pass pass = slot.passes().get(i);
            slot.context().alternateGradients();
            gradient = pass.backwardInput(gradient);
            if (i > 0) {
                pass.backwardWeight();
            }
        }
        return gradient;
    }

    /// What [#backward] left: runs while the previous stage works with the gradient already.
    void finishBackward(MicrobatchSlot slot) {
        slot.passes().getFirst().backwardWeight();
    }

    /// The half of backward that the previous stage waits for. `dY` and all gradients between the
    /// layers stay until [#backwardWeight], those between the layers in the microbatch's arena.
    Tensor backwardInput(MicrobatchSlot slot, Tensor dY) {
        Tensor gradient = dY;
        for (int i = layers.size() - 1; i >= 0; i--) {
            gradient = slot.passes().get(i).backwardInput(gradient);
        }
        return gradient;
    }

    /// The other half.
    void backwardWeight(MicrobatchSlot slot) {
        for (int i = layers.size() - 1; i >= 0; i--) {
            slot.passes().get(i).backwardWeight();
        }
    }

    private LossHead head() {
        return switch (end) {
            case GptStage.End.Loss(LossHead head) -> head;
            case GptStage.End.NextStage _ -> throw new IllegalStateException("only the last stage has a head");
        };
    }
}
