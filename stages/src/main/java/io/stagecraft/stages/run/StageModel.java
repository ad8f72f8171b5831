package io.stagecraft.stages.run;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.gpt.GptBuilder;
import io.stagecraft.model.gpt.GptSlice;
import io.stagecraft.model.gpt.GptStage;
import io.stagecraft.model.layer.ParameterFactory;
import io.stagecraft.model.parallel.TensorParallelGroup;

/// What the layers of a rank are. Built twice: once to measure memory, once to run.
@FunctionalInterface
public interface StageModel {
    /// The layers of `slice` with parameters from `parameters`.
    GptStage build(Backend backend, TensorParallelGroup group, GptSlice slice, ParameterFactory parameters);

    /// The GPT that `spec` gives the sizes of.
    static StageModel gpt(RankSpec spec) {
        return (backend, group, slice, parameters) -> new GptBuilder(
                        spec.model(), backend, group, spec.seed(), spec.recomputation())
                .build(slice, parameters);
    }
}
