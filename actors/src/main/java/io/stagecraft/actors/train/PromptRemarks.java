package io.stagecraft.actors.train;

import io.stagecraft.model.text.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/// What a model does not see of a prompt.
final class PromptRemarks {
    private PromptRemarks() {}

    /// Lines for the operator; none if the model sees all of `prompt` as it is. `longestContext` is
    /// in tokens.
    static List<String> of(String prompt, Tokenizer tokenizer, int longestContext) {
        int[] tokens = tokenizer.encode(prompt);
        var remarks = new ArrayList<String>();
        int[] given = prompt.codePoints().toArray();
        int[] seen = tokenizer.decode(tokens).codePoints().toArray();
        long numUnknown = 0;
        for (int i = 0; i < given.length; i++) {
            numUnknown += i < seen.length && given[i] == seen[i] ? 0 : 1;
        }
        if (numUnknown > 0) {
            remarks.add("prompt: " + numUnknown + " of its " + given.length
                    + " characters are not in the model's alphabet; it sees the token for all others in their place");
        }
        if (tokens.length > longestContext) {
            remarks.add("prompt: of its " + tokens.length + " tokens the model sees the last " + longestContext);
        }
        return List.copyOf(remarks);
    }
}
