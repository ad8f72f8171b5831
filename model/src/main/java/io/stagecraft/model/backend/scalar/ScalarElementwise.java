package io.stagecraft.model.backend.scalar;

import io.stagecraft.model.backend.AdamStep;
import io.stagecraft.model.backend.AdamTensors;
import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Reduction;
import io.stagecraft.model.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/// Operations without structure: fills, sums, the optimizer.
final class ScalarElementwise {
    private ScalarElementwise() {}

    static void fill(Tensor destination, double value) {
        var d = Values.of(destination);
        for (long i = 0; i < destination.numElements(); i++) {
            d.set(i, value);
        }
    }

    static void add(Tensor source, Tensor into) {
        var s = Values.of(source);
        var d = Values.of(into);
        for (long i = 0; i < source.numElements(); i++) {
            d.add(i, s.get(i));
        }
    }

    static void scale(Tensor x, double factor) {
        var v = Values.of(x);
        for (long i = 0; i < x.numElements(); i++) {
            v.set(i, v.get(i) * factor);
        }
    }

    static void reduce(Reduction reduction, MemorySegment[] parts, int numParts, Values d, long numElements) {
        for (long i = 0; i < numElements; i++) {
            double value = new Values(parts[0], d.dtype()).get(i);
            for (int p = 1; p < numParts; p++) {
                double next = new Values(parts[p], d.dtype()).get(i);
                value = switch (reduction) {
                    case SUM -> value + next;
                    case MAX -> Math.max(value, next);
                };
            }
            d.set(i, value);
        }
    }

    static void sumOfSquares(Tensor x, Tensor result) {
        var v = Values.of(x);
        var r = Values.of(result);
        for (long block = 0; block < result.numElements(); block++) {
            long from = block * Backend.SQUARES_BLOCK;
            double sum = 0;
            for (long i = from; i < Math.min(x.numElements(), from + Backend.SQUARES_BLOCK); i++) {
                sum += v.get(i) * v.get(i);
            }
            r.set(block, sum);
        }
    }

    static void adam(AdamStep step, AdamTensors tensors) {
        var w = Values.of(tensors.weight());
        var g = Values.of(tensors.gradient());
        var m = Values.of(tensors.firstMoment());
        var v = Values.of(tensors.secondMoment());
        double correction1 = 1 - StrictMath.pow(step.beta1(), step.step());
        double correction2 = 1 - StrictMath.pow(step.beta2(), step.step());
        for (long i = 0; i < tensors.weight().numElements(); i++) {
            double gradient = g.get(i) * step.gradientScale();
            double first = step.beta1() * m.get(i) + (1 - step.beta1()) * gradient;
            double second = step.beta2() * v.get(i) + (1 - step.beta2()) * gradient * gradient;
            m.set(i, first);
            v.set(i, second);
            double update = first / correction1 / (Math.sqrt(second / correction2) + step.epsilon());
            w.set(i, w.get(i) - step.learningRate() * (update + step.weightDecay() * w.get(i)));
        }
    }
}
