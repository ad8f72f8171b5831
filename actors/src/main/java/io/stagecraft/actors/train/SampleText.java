package io.stagecraft.actors.train;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.stages.generation.GeneratedText;
import io.stagecraft.stages.generation.GenerationRequest;

/// Text on both ends of the model when it generates: what it starts with and how it goes on, and
/// what came out.
///
/// Thread: one, but not always the same.
public interface SampleText {
    /// What to generate.
    GenerationRequest request();

    /// What to tell about `text`, which came out.
    RunEvent.SampleGenerated generated(long iteration, GeneratedText text);
}
