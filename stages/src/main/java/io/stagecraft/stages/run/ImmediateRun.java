package io.stagecraft.stages.run;

import java.util.function.Supplier;

/// A phase that waits for no arrival: all of it happens in one call.
final class ImmediateRun implements PhaseRun {
    private final String place;
    private final Supplier<PhaseResult> program;
    private final java.util.ArrayList<PhaseResult> result = new java.util.ArrayList<>(1);

    ImmediateRun(String place, Supplier<PhaseResult> program) {
        this.place = place;
        this.program = program;
    }

    @Override
    public Progress advance() {
        if (result.isEmpty()) {
            result.add(program.get());
        }
        return Progress.DONE;
    }

    @Override
    public PhaseResult result() {
        return result.getFirst();
    }

    @Override
    public String place() {
        return place;
    }
}
