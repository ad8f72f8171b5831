package io.stagecraft.model.data;

/// The three parts of a run's data.
public enum GptPart {
    /// What is trained on.
    TRAIN("train"),
    /// What is evaluated during training.
    VALIDATION("valid"),
    /// What is evaluated after training.
    TEST("test");

    private final String label;

    GptPart(String label) {
        this.label = label;
    }

    /// Megatron-LM's word for it, as in the names of index files.
    public String label() {
        return label;
    }
}
