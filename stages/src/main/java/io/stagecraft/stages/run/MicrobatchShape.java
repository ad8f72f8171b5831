package io.stagecraft.stages.run;

/// Extents of one microbatch.
///
/// @param numSequences sequences
/// @param numPositions positions of each
public record MicrobatchShape(int numSequences, int numPositions) {
    public MicrobatchShape {
        if (numSequences < 1 || numPositions < 1) {
            throw new IllegalArgumentException("a microbatch needs at least one sequence of one position but has "
                    + numSequences + " of " + numPositions);
        }
    }

    /// Rows of its activations.
    public int rows() {
        return Math.multiplyExact(numSequences, numPositions);
    }
}
