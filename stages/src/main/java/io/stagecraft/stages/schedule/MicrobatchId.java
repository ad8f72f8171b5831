package io.stagecraft.stages.schedule;

/// One microbatch of a step, counted from 0 within a replica's step.
///
/// @param index position in the step, `>= 0`
public record MicrobatchId(int index) {
    public MicrobatchId {
        if (index < 0) {
            throw new IllegalArgumentException("microbatch index must be >= 0 but is " + index);
        }
    }

    @Override
    public String toString() {
        return Integer.toString(index);
    }
}
