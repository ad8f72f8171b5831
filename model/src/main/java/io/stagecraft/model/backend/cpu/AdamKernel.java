package io.stagecraft.model.backend.cpu;

import static io.stagecraft.model.backend.cpu.Lanes.MEMORY;
import static io.stagecraft.model.backend.cpu.Lanes.ORDER;
import static io.stagecraft.model.backend.cpu.Lanes.SPECIES;
import static jdk.incubator.vector.FloatVector.broadcast;
import static jdk.incubator.vector.FloatVector.fromMemorySegment;

import io.stagecraft.model.backend.AdamStep;
import jdk.incubator.vector.FloatVector;

/// One step of Adam with decoupled weight decay, a single pass over the four arrays.
///
/// With `c₁ = lr / (1 - β₁ᵗ)`, `c₂ = 1 / sqrt(1 - β₂ᵗ)`, computed once in double:
/// `w = w (1 - lr * weightDecay) - c₁ m / (c₂ sqrt(v) + ε)`.
record AdamKernel(
        float scale,
        float beta1,
        float beta2,
        float rest1,
        float rest2,
        float c1,
        float c2,
        float epsilon,
        float keep) {
    /// The constants of `step`. Powers by StrictMath: the same bits everywhere.
    static AdamKernel of(AdamStep step) {
        double correction1 = 1 - StrictMath.pow(step.beta1(), step.step());
        double correction2 = 1 - StrictMath.pow(step.beta2(), step.step());
        return new AdamKernel(
                (float) step.gradientScale(),
                (float) step.beta1(),
                (float) step.beta2(),
                (float) (1 - step.beta1()),
                (float) (1 - step.beta2()),
                (float) (step.learningRate() / correction1),
                (float) (1 / Math.sqrt(correction2)),
                (float) step.epsilon(),
                (float) (1 - step.learningRate() * step.weightDecay()));
    }

    /// Updates `num` elements; the rest are addresses of weight, gradient, first and second moment.
    void update(long w, long g, long m, long v, int num) {
        int full = num - num % Lanes.WIDTH;
        for (int i = 0; i < full; i += Lanes.WIDTH) {
            long o = 4L * i;
            FloatVector gradient =
                    fromMemorySegment(SPECIES, MEMORY, g + o, ORDER).mul(scale);
            FloatVector first =
                    fromMemorySegment(SPECIES, MEMORY, m + o, ORDER).mul(beta1).add(gradient.mul(rest1));
            FloatVector second = fromMemorySegment(SPECIES, MEMORY, v + o, ORDER)
                    .mul(beta2)
                    .add(gradient.mul(gradient).mul(rest2));
            first.intoMemorySegment(MEMORY, m + o, ORDER);
            second.intoMemorySegment(MEMORY, v + o, ORDER);
            FloatVector update =
                    first.mul(c1).div(second.sqrt().fma(broadcast(SPECIES, c2), broadcast(SPECIES, epsilon)));
            fromMemorySegment(SPECIES, MEMORY, w + o, ORDER)
                    .mul(keep)
                    .sub(update)
                    .intoMemorySegment(MEMORY, w + o, ORDER);
        }
        for (int i = full; i < num; i++) {
            updateOne(w + 4L * i, g + 4L * i, m + 4L * i, v + 4L * i);
        }
    }

    /// The same arithmetic on one element.
    private void updateOne(long w, long g, long m, long v) {
        float gradient = Lanes.get(g) * scale;
        float first = Lanes.get(m) * beta1 + gradient * rest1;
        float second = Lanes.get(v) * beta2 + gradient * gradient * rest2;
        Lanes.set(m, first);
        Lanes.set(v, second);
        float update = first * c1 / Math.fma((float) Math.sqrt(second), c2, epsilon);
        Lanes.set(w, Lanes.get(w) * keep - update);
    }
}
