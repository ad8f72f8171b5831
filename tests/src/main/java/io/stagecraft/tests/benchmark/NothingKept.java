package io.stagecraft.tests.benchmark;

import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.CheckpointFolder;
import io.stagecraft.actors.train.SampleText;
import io.stagecraft.actors.train.SavedState;
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
    public List<Integer> promptTokens() {
        return List.of(0);
    }

    @Override
    public int numTokens() {
        return 0;
    }

    @Override
    public int longestContext() {
        return 1;
    }

    @Override
    public int draw(List<Float> logits) {
        throw notDue();
    }

    @Override
    public RunEvent.SampleGenerated generated(long iteration, List<Integer> tokens) {
        throw notDue();
    }

    private static IllegalStateException notDue() {
        return new IllegalStateException("the benchmark stops before a checkpoint or a sample is due");
    }
}
