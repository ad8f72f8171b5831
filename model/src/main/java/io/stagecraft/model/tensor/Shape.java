package io.stagecraft.model.tensor;

/// Extents of a [Tensor], slowest dimension first; one to three dimensions, held without an array
/// so that views cost no array.
///
/// @param rank number of dimensions, 1 to 3
/// @param d0 extent of dimension 0, in elements
/// @param d1 extent of dimension 1, or 1 if there is none
/// @param d2 extent of dimension 2, or 1 if there is none
public record Shape(int rank, long d0, long d1, long d2) {
    public Shape {
        if (rank < 1 || rank > 3) {
            throw new IllegalArgumentException("a shape has 1 to 3 dimensions but rank is " + rank);
        }
        if (d0 < 0 || d1 < 0 || d2 < 0) {
            throw new IllegalArgumentException("extents must be >= 0 but are [" + d0 + ", " + d1 + ", " + d2 + "]");
        }
        if ((rank < 2 && d1 != 1) || (rank < 3 && d2 != 1)) {
            throw new IllegalArgumentException("extents beyond the rank must be 1");
        }
    }

    /// A vector of `d0` elements.
    public static Shape of(long d0) {
        return new Shape(1, d0, 1, 1);
    }

    /// A matrix `[d0, d1]`.
    public static Shape of(long d0, long d1) {
        return new Shape(2, d0, d1, 1);
    }

    /// A tensor `[d0, d1, d2]`.
    public static Shape of(long d0, long d1, long d2) {
        return new Shape(3, d0, d1, d2);
    }

    /// Product of all extents.
    public long numElements() {
        return Math.multiplyExact(Math.multiplyExact(d0, d1), d2);
    }

    /// Extent of the last dimension.
    public long last() {
        return rank == 1 ? d0 : rank == 2 ? d1 : d2;
    }

    /// Product of all extents but the last: the number of rows of the matrix that this shape is.
    public long rows() {
        return last() == 0 ? 0 : numElements() / last();
    }

    /// Extent of dimension `dim`.
    public long extent(int dim) {
        if (dim < 0 || dim >= rank) {
            throw new IllegalArgumentException("dimension " + dim + " of a shape of rank " + rank);
        }
        return dim == 0 ? d0 : dim == 1 ? d1 : d2;
    }

    @Override
    public String toString() {
        return rank == 1
                ? "[" + d0 + "]"
                : rank == 2 ? "[" + d0 + ", " + d1 + "]" : "[" + d0 + ", " + d1 + ", " + d2 + "]";
    }
}
