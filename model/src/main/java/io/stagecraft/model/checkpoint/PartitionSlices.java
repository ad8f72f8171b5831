package io.stagecraft.model.checkpoint;

import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.tensor.Shape;

/// Where a rank's part lies among the bytes of a global row-major tensor: equally long pieces at
/// equal distances.
///
/// A replicated or row-split tensor is one piece; a column-split one has a piece for each row.
///
/// @param offsetBytes where the first piece begins
/// @param pieceBytes bytes of a piece
/// @param strideBytes from one piece to the next
/// @param numPieces how many
record PartitionSlices(long offsetBytes, long pieceBytes, long strideBytes, long numPieces) {
    /// The part `partition` of `tensor`. Errors: [IllegalArgumentException] if it does not divide.
    static PartitionSlices of(TensorSpec tensor, TensorPartition partition) {
        long size = tensor.sizeBytes();
        return switch (partition) {
            case TensorPartition.Replicated() -> new PartitionSlices(0, size, size, 1);
            case TensorPartition.Split(int dim, int rank, int numRanks) -> {
                Shape global = tensor.shape();
                long part = partition.localShape(global).numElements()
                        * tensor.type().sizeBytes();
                if (dim == 0) {
                    yield new PartitionSlices(rank * part, part, part, 1);
                }
                long rowBytes = global.d1() * tensor.type().sizeBytes();
                yield new PartitionSlices(rank * rowBytes / numRanks, rowBytes / numRanks, rowBytes, global.d0());
            }
        };
    }

    /// Bytes of the part.
    long sizeBytes() {
        return pieceBytes * numPieces;
    }
}
