package io.stagecraft.model.backend.cpu;

import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32;

/// Prints the checksum of all tensors after every operation ran: the program that
/// [CpuRepeatabilityTest] starts in other kinds of JVM.
final class KernelBits {
    private KernelBits() {}

    public static void main(String[] args) {
        try (CpuRuntime runtime = Twins.open();
                CpuBackend backend = runtime.newBackend();
                KernelExercise exercise = new KernelExercise(backend)) {
            System.out.println("bits " + of(exercise));
        }
    }

    /// Checksum after one round from the initial contents.
    static long of(KernelExercise exercise) {
        exercise.reset();
        exercise.run();
        for (long i = 0; i < exercise.memory().byteSize() / 4; i++) {
            if (!Float.isFinite(exercise.memory().getAtIndex(ValueLayout.JAVA_FLOAT, i))) {
                // bits of a NaN depend on the order of an instruction's operands
                throw new IllegalStateException("float " + i + " of the exercise is not finite");
            }
        }
        var crc = new CRC32();
        crc.update(exercise.memory().asByteBuffer());
        return crc.getValue();
    }
}
