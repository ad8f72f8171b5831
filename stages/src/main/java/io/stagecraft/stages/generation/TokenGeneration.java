package io.stagecraft.stages.generation;

import io.stagecraft.stages.run.Phase;
import io.stagecraft.stages.run.PhaseResult;
import java.util.List;

/// A batch under way: which phase is next, and whether there is one.
///
/// - Thread: one at a time.
public interface TokenGeneration {
    /// Whether all texts are there.
    boolean isDone();

    /// What the ranks are to run now. Not when done.
    Phase.Generate next();

    /// The last stage's answer to [#next].
    void accept(PhaseResult.Generated answer);

    /// The texts; complete when done.
    List<GeneratedText> texts();
}
