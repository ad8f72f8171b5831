package io.stagecraft.stages.topology;

/// Which transformer layers each stage has: consecutive ranges that differ by at most one layer.
///
/// Every stage has `numLayers / numStages` layers. The remainder is spread, one extra layer a
/// stage: first to the stages between first and last in ascending order, then to the first. The
/// last stage never gets one, because the language-model head is its extra work; the first has the
/// embedding.
///
/// Source: Megatron-LM, where a remainder is refused or lost.
///
/// @param numLayers layers of the whole model
/// @param numStages pipeline stages, at most one a layer
public record LayerAssignment(int numLayers, int numStages) {
    public LayerAssignment {
        if (numStages < 1 || numStages > numLayers) {
            throw new IllegalArgumentException("the number of stages must be between 1 and the number of layers "
                    + numLayers + " but is " + numStages);
        }
    }

    /// Number of layers of `stage`.
    public int layersOf(int stage) {
        return firstLayer(stage + 1) - firstLayer(stage);
    }

    /// Global number of the first layer of `stage`; of stage `numStages`, the number of all layers.
    public int firstLayer(int stage) {
        if (stage < 0 || stage > numStages) {
            throw new IllegalArgumentException("stage must be in [0, " + numStages + "] but is " + stage);
        }
        return stage * (numLayers / numStages) + extrasBefore(stage);
    }

    /// Global number of the layer after the last one of `stage`.
    public int endLayer(int stage) {
        return firstLayer(stage + 1);
    }

    private int extrasBefore(int stage) {
        int extras = numLayers % numStages;
        boolean firstStageHasOne = extras > numStages - 2;
        return firstStageHasOne ? Math.min(stage, extras) : Math.min(Math.max(stage - 1, 0), extras);
    }
}
