package io.stagecraft.model.gpt;

import io.stagecraft.model.layer.Layer;
import io.stagecraft.model.layer.LossHead;
import io.stagecraft.model.layer.Parameter;
import java.util.ArrayList;
import java.util.List;

/// The layers of one pipeline stage on one tensor rank.
///
/// @param layers in the order of forward; on the first stage the embedding is the first
/// @param end what follows the layers
/// @param tiedEmbedding where the two ends of a tied embedding are
public record GptStage(List<Layer> layers, End end, TiedEmbedding tiedEmbedding) {
    public GptStage {
        layers = List.copyOf(layers);
    }

    /// What follows the layers of a stage.
    public sealed interface End {
        /// The next stage.
        record NextStage() implements End {}

        /// The loss.
        record Loss(LossHead head) implements End {}
    }

    /// Which ends of the tied word embedding this rank has. Their gradients are kept apart until
    /// the end of the step; then their sum, first plus last, is the gradient of both.
    public sealed interface TiedEmbedding {
        /// Neither, or the model ties nothing.
        record Absent() implements TiedEmbedding {}

        /// The first stage's own; the last stage is elsewhere.
        record First(Parameter own) implements TiedEmbedding {}

        /// The last stage's copy; the first stage is elsewhere.
        record Last(Parameter copy) implements TiedEmbedding {}

        /// Both, with one value and two gradients.
        record Both(Parameter own, Parameter copy) implements TiedEmbedding {}
    }

    /// All parameters in the model's order; a tied copy is the last.
    public List<Parameter> parameters() {
        var all = new ArrayList<Parameter>();
        layers.forEach(layer -> all.addAll(layer.parameters()));
        if (end instanceof End.Loss(LossHead head)) {
            all.addAll(head.parameters());
        }
        return List.copyOf(all);
    }
}
