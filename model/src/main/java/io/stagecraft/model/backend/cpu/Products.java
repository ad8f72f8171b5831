package io.stagecraft.model.backend.cpu;

import io.stagecraft.model.backend.cpu.code.TileFunctions;

/// What computes the matrix products of all ranks of a JVM.
///
/// Thread: any.
sealed interface Products extends AutoCloseable {
    /// Products of one rank. The caller closes them before this.
    Gemm open();

    /// Which library or code it is.
    String describe();

    @Override
    void close();

    /// A BLAS, unloaded with the arena that it was loaded in.
    record Library(Blas blas) implements Products {
        @Override
        public Gemm open() {
            return new BlasGemm(blas);
        }

        @Override
        public String describe() {
            return blas.describe();
        }

        @Override
        public void close() {
            // the arena unloads the library
        }
    }

    /// Machine code of our own; owned.
    record Tiles(TileFunctions functions) implements Products {
        @Override
        public Gemm open() {
            return new TileGemm(functions);
        }

        @Override
        public String describe() {
            return "matrix products by " + functions.width() + " tiles";
        }

        @Override
        public void close() {
            functions.close();
        }
    }
}
