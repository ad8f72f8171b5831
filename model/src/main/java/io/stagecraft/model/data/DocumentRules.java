package io.stagecraft.model.data;

/// What the end of a document inside a sample means (Megatron-LM's switches of the same names). All
/// of it is a function of the sample's input tokens, so every stage works out what it needs.
///
/// @param endOfDocument the token; -1 if the text has none, then no rule may be on
/// @param resetPositionIds positions begin again after each end of document
/// @param resetAttentionMask a token attends only within its document
/// @param eodMaskLoss positions whose input is the end of document do not count in the loss
public record DocumentRules(
        int endOfDocument, boolean resetPositionIds, boolean resetAttentionMask, boolean eodMaskLoss) {
    public DocumentRules {
        if (endOfDocument < 0 && (resetPositionIds || resetAttentionMask || eodMaskLoss)) {
            throw new IllegalArgumentException("a rule about the end of a document needs the token that marks it");
        }
    }

    /// Whether any rule is on.
    public boolean isOn() {
        return resetPositionIds || resetAttentionMask || eodMaskLoss;
    }

    /// `starts[from + i]` = the position in its sequence where the document of `inputs[from + i]`
    /// begins, for the `num` inputs of one sequence; an end of document belongs to the document
    /// that it ends.
    public void documentStarts(int[] inputs, int from, int num, int[] starts) {
        int start = 0;
        for (int i = 0; i < num; i++) {
            starts[from + i] = start;
            if (inputs[from + i] == endOfDocument) {
                start = i + 1;
            }
        }
    }

    /// Documents run on: the default.
    public static DocumentRules none() {
        return new DocumentRules(-1, false, false, false);
    }
}
