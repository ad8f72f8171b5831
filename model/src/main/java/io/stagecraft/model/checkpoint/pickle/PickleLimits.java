package io.stagecraft.model.checkpoint.pickle;

/// What the unpickler accepts of a file that somebody else may have written.
///
/// Each opcode builds at most one value of bounded size, so these bound the heap too: the defaults
/// keep it below 64 MB.
///
/// @param maxOpcodes most opcodes of one pickle
/// @param maxStack most values on the stack, and most marks
/// @param maxMemo most values remembered
/// @param maxTextBytes longest text or byte string
/// @param maxTotalTextBytes most bytes of all texts and byte strings together
/// @param maxIntegerBytes longest integer
public record PickleLimits(
        int maxOpcodes, int maxStack, int maxMemo, int maxTextBytes, int maxTotalTextBytes, int maxIntegerBytes) {
    public PickleLimits {
        if (Math.min(Math.min(maxOpcodes, maxStack), Math.min(maxMemo, maxTextBytes)) < 1
                || Math.min(maxTotalTextBytes, maxIntegerBytes) < 1) {
            throw new IllegalArgumentException("limits must be >= 1 but are " + maxOpcodes + ", " + maxStack + ", "
                    + maxMemo + ", " + maxTextBytes + ", " + maxTotalTextBytes + ", " + maxIntegerBytes);
        }
    }

    /// Twice what a checkpoint of 96 layers with its optimizer has.
    public static PickleLimits defaults() {
        return new PickleLimits(400_000, 100_000, 300_000, 1 << 20, 8 << 20, 256);
    }
}
