package io.stagecraft.model.parallel;

import io.stagecraft.model.tensor.Shape;

/// Which part of a global tensor a tensor-parallel rank has.
///
/// Weights are stored out x in, as in Megatron-LM: a column-parallel linear layer splits dimension
/// 0, a row-parallel one dimension 1. Replicated tensors are whole on every rank and count once.
public sealed interface TensorPartition {
    /// Whole on every rank.
    record Replicated() implements TensorPartition {}

    /// Rank `rank` of `size` has the `rank`-th of `size` equal pieces along `dim`.
    record Split(int dim, int rank, int size) implements TensorPartition {
        public Split {
            if (dim < 0 || dim > 1 || rank < 0 || rank >= size) {
                throw new IllegalArgumentException("no such piece: dim " + dim + ", rank " + rank + " of " + size);
            }
        }
    }

    /// Shape of the rank's part of a tensor of shape `global`.
    default Shape localShape(Shape global) {
        return switch (this) {
            case Replicated() -> global;
            case Split(int dim, int _, int size) -> {
                if (global.rank() > 2 || dim >= global.rank() || global.extent(dim) % size != 0) {
                    throw new IllegalArgumentException(
                            "cannot split dimension " + dim + " of " + global + " into " + size + " equal pieces");
                }
                long extent = global.extent(dim) / size;
                yield global.rank() == 1
                        ? Shape.of(extent)
                        : dim == 0 ? Shape.of(extent, global.d1()) : Shape.of(global.d0(), extent);
            }
        };
    }

    /// Index among the elements of the `global` tensor, in memory order, of column 0 of row
    /// `localRow` of the rank's part; the columns of a row lie together in both.
    default long globalIndex(Shape global, long localRow) {
        long localColumns = localShape(global).last();
        return switch (this) {
            case Replicated() -> localRow * localColumns;
            case Split(int dim, int rank, int _) ->
                global.rank() == 1
                        ? rank * localColumns
                        : dim == 0
                                ? (rank * localShape(global).rows() + localRow) * localColumns
                                : localRow * global.last() + rank * localColumns;
        };
    }

    /// Whether this rank counts the tensor in sums over all ranks: its own piece, or a replicated
    /// tensor on rank 0 of the group.
    default boolean countsOnRank(int tensorRank) {
        return this instanceof Split || tensorRank == 0;
    }
}
