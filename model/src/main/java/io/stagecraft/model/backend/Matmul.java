package io.stagecraft.model.backend;

/// Which operands of a matrix product are transposed, and its factor: `alpha op(a) op(b)`.
///
/// @param aTransposed whether `op(a) = aᵀ`
/// @param bTransposed whether `op(b) = bᵀ`
/// @param alpha factor of the product
public record Matmul(boolean aTransposed, boolean bTransposed, double alpha) {
    private static final Matmul PLAIN = new Matmul(false, false, 1);
    private static final Matmul TRANSPOSE_A = new Matmul(true, false, 1);
    private static final Matmul TRANSPOSE_B = new Matmul(false, true, 1);

    /// `a b`: dgrad of a linear layer, `dX = dY W`.
    public static Matmul plain() {
        return PLAIN;
    }

    /// `aᵀ b`: wgrad of a linear layer, `dW = dYᵀ X`.
    public static Matmul transposeA() {
        return TRANSPOSE_A;
    }

    /// `a bᵀ`: forward of a linear layer, `Y = X Wᵀ`.
    public static Matmul transposeB() {
        return TRANSPOSE_B;
    }
}
