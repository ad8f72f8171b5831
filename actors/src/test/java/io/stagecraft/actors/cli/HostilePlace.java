package io.stagecraft.actors.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/// A place where a user's command meets a file of somebody else: what lies around the file, and the command.
enum HostilePlace {
    /// A file that is to be a checkpoint.
    CONVERT_FILE("convert file.pt out", "file.pt"),
    /// A zip file with a checkpoint.
    CONVERT_ZIP("convert file.zip out", "file.zip"),
    /// One file of a checkpoint of Megatron-LM.
    CONVERT_MEGATRON("convert meg out", "meg/iter_0000001/mp_rank_00/model_optim_rng.pt"),
    /// As above, to go on from.
    PRETRAIN(
            "pretrain-gpt --num-layers 1 --hidden-size 4 --num-attention-heads 1 --seq-length 4"
                    + " --max-position-embeddings 4 --micro-batch-size 1 --train-iters 1 --lr 1e-3 --data-path data"
                    + " --load meg",
            "meg/iter_0000001/mp_rank_00/model_optim_rng.pt"),
    /// The name of the newest iteration.
    TRACKER("generate --prompt a --checkpoint meg", "meg/latest_checkpointed_iteration.txt"),
    /// Weights of Hugging Face's in the older format.
    CONVERT_BIN("convert hf out", "hf/pytorch_model.bin"),
    /// Weights of Hugging Face's.
    CONVERT_SAFETENSORS("convert hf out --to megatron", "hf/model.safetensors"),
    /// As above.
    GENERATE("generate --prompt a --checkpoint hf", "hf/model.safetensors"),
    /// As above.
    EVALUATE(
            "evaluate wikitext2 --path hf/config.json --tokenizer-type GPT2BPETokenizer --checkpoint hf",
            "hf/model.safetensors"),
    /// The list of several files of weights.
    CONVERT_INDEX("convert hf out", "hf/pytorch_model.bin.index.json"),
    /// The sizes of a model.
    CONVERT_CONFIG("convert hf out", "hf/config.json"),
    /// A tokenizer that a model brings along.
    CONVERT_TOKENIZER("generate --prompt a --checkpoint hf", "hf/tokenizer.json"),
    /// A file of a checkpoint of our own whose sums are right.
    OWN_SHARD("convert run out --to huggingface", "run/step-00000001/model.safetensors"),
    /// As above.
    OWN_SHOW("checkpoint show run", "run/step-00000001/model.safetensors"),
    /// As above.
    OWN_DIFF("checkpoint diff run run", "run/step-00000001/model.safetensors"),
    /// What a checkpoint of our own says of itself.
    OWN_MANIFEST("generate --prompt a --checkpoint run", "run/step-00000001/manifest.json"),
    /// As above.
    CONVERT_MANIFEST("convert run out --to huggingface", "run/step-00000001/manifest.json"),
    /// A list of items.
    DATA_SHOW("data show set", "set.idx"),
    /// As above.
    DATA_VALIDATE("data validate set", "set.idx"),
    /// As above, to train on.
    DATA_PATH("train data.path=[set] data.tokenizer=gpt2", "set.idx"),
    /// Text to encode.
    PREPROCESS(
            "preprocess --input in.jsonl --output-prefix o --workers 1 --tokenizer-type GPT2BPETokenizer --vocab-file"
                    + " vocab.json --merge-file merges.txt",
            "in.jsonl"),
    /// A vocabulary.
    VOCABULARY(
            "preprocess --input text --output-prefix o --tokenizer-type GPT2BPETokenizer --vocab-file v --merge-file"
                    + " merges.txt",
            "v"),
    /// Merges.
    MERGES(
            "preprocess --input text --output-prefix o --tokenizer-type GPT2BPETokenizer --vocab-file vocab.json"
                    + " --merge-file m",
            "m"),
    /// A vocabulary of BERT.
    WORD_PIECES(
            "preprocess --input text --output-prefix o --tokenizer-type BertWordPieceCase --vocab-file v.txt", "v.txt"),
    /// Prompts.
    PROMPTS("generate --prompts-file prompts --checkpoint none", "prompts"),
    /// Settings.
    SETTINGS("config show --config c.conf", "c.conf");

    private static final String CONFIG = "{\"model_type\": \"gpt2\", \"vocab_size\": 2, \"n_positions\": 4, \"n_embd\":"
            + " 4, \"n_layer\": 1, \"n_head\": 1}";
    /// Two items of 3 and 2 tokens of 16 bits, a document each.
    private static final String INDEX = "4d4d494449445800000100000000000000" + "08" + "0200000000000000"
            + "0300000000000000" + "0300000002000000" + "0000000000000000" + "0600000000000000"
            + "0000000000000000" + "0100000000000000" + "0200000000000000";

    private final String command;
    private final String file;

    HostilePlace(String command, String file) {
        this.command = command;
        this.file = file;
    }

    /// Lays `content` with what belongs around it into `folder`, which is new.
    CommandBatch.Order lay(Path folder, byte[] content) throws IOException {
        write(folder, "hf/config.json", bytes(CONFIG));
        write(folder, "data.bin", new byte[10]);
        write(folder, "data.idx", HexFormat.of().parseHex(INDEX));
        write(folder, "set.bin", new byte[10]);
        write(folder, "text", bytes("{\"text\": \"a\"}\n"));
        write(folder, "vocab.json", bytes("{\"a\": 0, \"<|endoftext|>\": 1}"));
        write(folder, "merges.txt", bytes("#version: 0.2\n"));
        write(folder, file, content);
        if (this == CONVERT_TOKENIZER || this == CONVERT_CONFIG) {
            write(folder, "hf/model.safetensors", HostileBytes.gpt2());
        }
        if (file.endsWith("model.safetensors") && file.startsWith("run")) {
            write(folder, "run/step-00000001/manifest.json", HostileBytes.manifest("model.safetensors", content));
        }
        if (file.startsWith("run")) {
            HostileBytes.sumUp(folder.resolve("run/step-00000001"));
        }
        return new CommandBatch.Order(folder, List.of(command.split(" ")));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void write(Path folder, String name, byte[] content) throws IOException {
        Path path = folder.resolve(name);
        Files.createDirectories(path.getParent());
        Files.write(path, content);
    }
}
