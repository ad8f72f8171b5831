package io.stagecraft.model.checkpoint.huggingface;

/// How the weights are written.
///
/// @param files their format
/// @param maxShardBytes a file takes tensors up to this size, but at least one
public record HuggingFaceForm(Files files, long maxShardBytes) {
    /// A format of files.
    public enum Files {
        /// `model.safetensors`.
        SAFETENSORS,
        /// `pytorch_model.bin`, as `torch.save` writes it.
        TORCH
    }

    public HuggingFaceForm {
        if (maxShardBytes < 1) {
            throw new IllegalArgumentException("maxShardBytes must be >= 1 but is " + maxShardBytes);
        }
    }

    /// Name of file `shard`, counted from 0, of `numShards`.
    String fileName(int shard, int numShards) {
        String whole = wholeFile();
        int dot = whole.lastIndexOf('.');
        return numShards == 1
                ? whole
                : String.format(
                        "%s-%05d-of-%05d%s", whole.substring(0, dot), shard + 1, numShards, whole.substring(dot));
    }

    /// Name of the index of several files.
    String indexName() {
        return wholeFile() + HuggingFaceFolder.INDEX_END;
    }

    private String wholeFile() {
        return switch (files) {
            case SAFETENSORS -> HuggingFaceFolder.SAFETENSORS;
            case TORCH -> HuggingFaceFolder.TORCH;
        };
    }
}
