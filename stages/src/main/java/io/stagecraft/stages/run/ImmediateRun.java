package io.stagecraft.stages.run;

import java.util.function.Supplier;

/// A phase that waits for no arrival: all of it happens in one call.
final class ImmediateRun implements PhaseRun {
    private final String place;
    private final Supplier<PhaseResult> program;
    private PhaseResult result = new PhaseResult.Loaded();
    private boolean isDone;

    ImmediateRun(String place, Supplier<PhaseResult> program) {
        this.place = place;
        this.program = program;
    }

    @Override
    public Progress advance() {
        if (!isDone) {
            result = program.get();
            isDone = true;
        }
        return Progress.DONE;
    }

    @Override
    public PhaseResult result() {
        return result;
    }

    @Override
    public String place() {
        return place;
    }
}
