package io.stagecraft.model.checkpoint.convert;

import io.stagecraft.model.checkpoint.huggingface.HuggingFaceForm;
import io.stagecraft.model.checkpoint.megatron.MegatronLayout;

/// What a model is converted to.
public sealed interface ConversionTarget {
    /// A checkpoint of our own, which any layout reads.
    ///
    /// @param tensorSize the largest tensor-parallel size that the rows of the vocabulary are to
    ///     fit; 1 leaves them as they are
    record Stagecraft(int tensorSize) implements ConversionTarget {
        public Stagecraft {
            if (tensorSize < 1) {
                throw new IllegalArgumentException("the tensor-parallel size must be >= 1 but is " + tensorSize);
            }
        }
    }

    /// A checkpoint of Megatron-LM, version 3.0.
    record Megatron(MegatronLayout layout) implements ConversionTarget {}

    /// A folder of Hugging Face's.
    record HuggingFace(HuggingFaceForm form) implements ConversionTarget {}
}
