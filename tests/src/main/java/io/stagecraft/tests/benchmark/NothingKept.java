package io.stagecraft.tests.benchmark;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.CheckpointFolder;
import io.stagecraft.actors.train.SampleText;
import io.stagecraft.actors.train.SavedState;
import io.stagecraft.model.generation.SamplingSettings;
import io.stagecraft.stages.generation.GeneratedText;
import io.stagecraft.stages.generation.GenerationMethod;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.generation.StopRule;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.TokenChoice;
import java.nio.file.Path;
import java.util.List;

/// For a run that is stopped before its end: no checkpoint and no sample is due.
record NothingKept() implements CheckpointFolder, SampleText {
    @Override
    public Path prepare(long step) {
        throw notDue();
    }

    @Override
    public Durable commit(SavedState state) {
        throw notDue();
    }

    @Override
    public void discard(long step) {
        throw notDue();
    }

    @Override
    public GenerationRequest request() {
        var greedy = new GenerationMethod.Sampling(SamplingSettings.greedy(), TopPDecay.none());
        return new GenerationRequest(List.of(List.of(0)), 0, 1, 0, greedy, StopRule.never(), TokenChoice.Report.TOKENS);
    }

    @Override
    public RunEvent.SampleGenerated generated(long iteration, GeneratedText text) {
        throw notDue();
    }

    private static IllegalStateException notDue() {
        return new IllegalStateException("the benchmark stops before a checkpoint or a sample is due");
    }
}
