package io.stagecraft.model.layer;

import io.stagecraft.model.backend.Backend;
import io.stagecraft.model.backend.Epilogue;
import io.stagecraft.model.backend.Matmul;
import io.stagecraft.model.tensor.Tensor;

/// Where a parameter's gradient is summed over the microbatches of a step.
///
/// Thread: the rank's compute thread.
public sealed interface GradientSum {
    /// The sum so far, for what adds to it or reads it.
    Tensor tensor();

    /// Adds `dYᵀ x`, the gradient of a linear layer's weight.
    void addProduct(Tensor dY, Tensor x);

    /// Of a parameter that is not trained.
    ///
    /// @param tensor of the parameter's shape, never computed with
    record None(Tensor tensor) implements GradientSum {
        @Override
        public void addProduct(Tensor dY, Tensor x) {
            throw new IllegalStateException("a gradient was added to a parameter that is not trained: " + tensor);
        }
    }

    /// A sum that is begun anew at each step. Its memory is not zeroed before: the step's first
    /// product is written over the old sum, and what asks for the sum before that gets zeros.
    final class Stored implements GradientSum {
        private final Backend backend;
        private final Tensor memory;
        private boolean old;

        /// A sum in `memory`, which holds zeros.
        public Stored(Backend backend, Tensor memory) {
            this.backend = backend;
            this.memory = memory;
        }

        /// What was summed is a past step's.
        public void begin() {
            old = true;
        }

        @Override
        public Tensor tensor() {
            if (old) {
                backend.fill(memory, 0);
                old = false;
            }
            return memory;
        }

        @Override
        public void addProduct(Tensor dY, Tensor x) {
            if (old) {
                backend.matmul(Matmul.transposeA(), dY, x, memory, Epilogue.NONE);
                old = false;
            } else {
                backend.matmulAdd(Matmul.transposeA(), dY, x, memory);
            }
        }
    }
}
