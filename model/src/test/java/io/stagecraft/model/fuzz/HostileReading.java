package io.stagecraft.model.fuzz;

import io.stagecraft.model.checkpoint.CheckpointFormatException;
import io.stagecraft.model.checkpoint.CheckpointReader;
import io.stagecraft.model.checkpoint.CheckpointStore;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.SafetensorsFile;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceModel;
import io.stagecraft.model.checkpoint.megatron.HeadCount;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import io.stagecraft.model.checkpoint.pickle.TorchFile;
import io.stagecraft.model.data.DatasetFormatException;
import io.stagecraft.model.data.IndexedDataset;
import io.stagecraft.model.data.IndexedDatasetCheck;
import io.stagecraft.model.data.NpyFile;
import io.stagecraft.model.data.NpyFormatException;
import io.stagecraft.model.data.NpyShape;
import io.stagecraft.model.data.NpyType;
import io.stagecraft.model.gpt.GptParameters;
import io.stagecraft.model.layer.Parameter;
import io.stagecraft.model.parallel.TensorPartition;
import io.stagecraft.model.text.TokenizerSource;
import io.stagecraft.model.text.VocabularyException;
import io.stagecraft.model.text.WordPieceTokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Gives any bytes to a reader, and reads all that it offers. They are read, or refused by the reader's typed
/// error; whatever else is thrown is a mistake of the reader and goes through.
enum HostileReading {
    /// A file of `torch.save`.
    TORCH {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            TorchFile.open(write(folder, "file.pt", bytes)).close();
        }
    },
    /// A checkpoint of Megatron-LM, or a zip file with one.
    MEGATRON {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            readAll(MegatronSource.open(write(folder, "model.pt", bytes), new HeadCount.Of(2)));
        }
    },
    /// Weights in safetensors.
    SAFETENSORS {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            try (SafetensorsFile file = SafetensorsFile.open(write(folder, "file.safetensors", bytes))) {
                file.tensors().forEach(spec -> file.tensor(spec.name()));
            }
        }
    },
    /// An array of NumPy.
    NPY {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            try (Arena arena = Arena.ofConfined()) {
                NpyFile.map(write(folder, "file.npy", bytes), NpyShape.of(NpyType.INT32, 3), arena);
            }
        }
    },
    /// The index of a token data set of ten bytes.
    INDEX {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            write(folder, "data.bin", new byte[10]);
            write(folder, "data.idx", bytes);
            try (IndexedDataset dataset = IndexedDataset.open(folder.resolve("data"))) {
                int[] tokens = new int[10];
                for (long item = 0; item < dataset.numItems(); item++) {
                    dataset.copy(item, 0, Math.min(dataset.length(item), tokens.length), tokens, 0);
                }
            }
            IndexedDatasetCheck.of(folder.resolve("data"), 1000);
        }
    },
    /// The manifest of a checkpoint.
    MANIFEST {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            Path checkpoint = Files.createDirectories(folder.resolve("step-00000001"));
            write(checkpoint, "manifest.json", bytes);
            write(checkpoint, Seeds.SHARD_FILE, Seeds.safetensors());
            String sums =
                    sha256(bytes) + "  manifest.json\n" + sha256(Seeds.safetensors()) + "  " + Seeds.SHARD_FILE + "\n";
            write(checkpoint, "SHA256SUMS", sums.getBytes(StandardCharsets.US_ASCII));
            try (CheckpointReader reader = CheckpointStore.open(checkpoint)) {
                reader.verify();
            }
            try (ModelSource model = ModelSources.open(checkpoint)) {
                model.model();
            }
        }
    },
    /// `config.json` of Hugging Face.
    HUGGING_FACE_CONFIG {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            write(folder, "config.json", bytes);
            write(folder, "model.safetensors", Seeds.gpt2Safetensors());
            readAll(HuggingFaceModel.open(folder));
        }
    },
    /// `model.safetensors` of Hugging Face.
    HUGGING_FACE_SAFETENSORS {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            write(folder, "config.json", Seeds.gpt2Config());
            write(folder, "model.safetensors", bytes);
            readAll(HuggingFaceModel.open(folder));
        }
    },
    /// `pytorch_model.bin` of Hugging Face.
    HUGGING_FACE_TORCH {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            write(folder, "config.json", Seeds.gpt2Config());
            write(folder, "pytorch_model.bin", bytes);
            readAll(HuggingFaceModel.open(folder));
        }
    },
    /// The index of several files of weights, one of which is there.
    HUGGING_FACE_INDEX {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            write(folder, "config.json", Seeds.gpt2Config());
            write(folder, "part.safetensors", Seeds.gpt2Safetensors());
            write(folder, "model.safetensors.index.json", bytes);
            readAll(HuggingFaceModel.open(folder));
        }
    },
    /// `tokenizer.json` of Hugging Face.
    TOKENIZER_JSON {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            new TokenizerSource.HuggingFaceJson(write(folder, "tokenizer.json", bytes)).open();
        }
    },
    /// `vocab.json` of GPT-2.
    VOCABULARY {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            Path merges = write(folder, "merges.txt", "#version: 0.2\n".getBytes(StandardCharsets.US_ASCII));
            new TokenizerSource.GptBpeFiles(write(folder, "vocab.json", bytes), merges).open();
        }
    },
    /// `merges.txt` of GPT-2.
    MERGES {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            Path vocabulary = write(folder, "vocab.json", Seeds.of(VOCABULARY).getFirst());
            new TokenizerSource.GptBpeFiles(vocabulary, write(folder, "merges.txt", bytes)).open();
        }
    },
    /// `vocab.txt` of BERT.
    WORD_PIECES {
        @Override
        void open(Path folder, byte[] bytes) throws IOException {
            new TokenizerSource.BertWordPiece(write(folder, "vocab.txt", bytes), WordPieceTokenizer.Case.LOWER).open();
        }
    };

    /// Opens `bytes` as a file in `folder`.
    abstract void open(Path folder, byte[] bytes) throws IOException;

    /// Reads or refuses `bytes`.
    void require(Path folder, byte[] bytes) {
        try {
            open(folder, bytes);
        } catch (CheckpointFormatException
                | NpyFormatException
                | DatasetFormatException
                | VocabularyException refused) {
            if (refused.getMessage().length() > 10_000) {
                throw new AssertionError("a message of " + refused.getMessage().length() + " characters", refused);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Every tensor that the model's sizes ask for.
    private static void readAll(ModelSource model) {
        try (model;
                Arena arena = Arena.ofConfined()) {
            ModelSources.requireTensors(model);
            for (Parameter parameter : GptParameters.of(model.model())) {
                long size = model.find(parameter.name()).orElseThrow().sizeBytes();
                model.read(parameter.name(), new TensorPartition.Replicated(), arena.allocate(size, 8));
            }
        }
    }

    private static Path write(Path folder, String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
