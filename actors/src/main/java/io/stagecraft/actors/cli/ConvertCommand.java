package io.stagecraft.actors.cli;

import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.VocabularySize;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.WeightType;
import io.stagecraft.model.checkpoint.convert.ConversionTarget;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceForm;
import io.stagecraft.model.checkpoint.megatron.HeadCount;
import io.stagecraft.model.checkpoint.megatron.MegatronLayout;
import io.stagecraft.model.text.TokenizerSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `stagecraft convert`.
@Command(
        name = "convert",
        description = {
            "Write a saved GPT-2 of Megatron-LM (versions 0 to 3.0, any split), of Hugging Face or of Stagecraft as"
                    + " another kind, and compare both.",
            "",
            "FROM is a folder or a file: what lies there is seen from its names. TO is a folder that is not there yet."
                    + " It gets its name when everything in it is on the disk, was read back, and gives the same"
                    + " logits as FROM."
        },
        footer = {
            "",
            "Examples:",
            "  stagecraft convert gpt2 runs/gpt2/checkpoints",
            "  stagecraft convert runs/gpt/checkpoints gpt-megatron --to megatron --tensor-parallel-size 2",
            "  stagecraft convert megatron_lm_345m_v0.0.zip gpt2-medium --to huggingface --vocab-size 50257"
        })
final class ConvertCommand implements Callable<Integer> {
    private static final Path NONE = Path.of("");
    private static final int DEFAULT_SHARD_MEGABYTES = 5000;

    private final StagecraftCommand root;

    @Parameters(index = "0", paramLabel = "FROM", description = "A saved model, or the folder of a run.")
    private Path from = NONE;

    @Parameters(index = "1", paramLabel = "TO", description = "The folder to write.")
    private Path to = NONE;

    @Option(
            names = "--to",
            paramLabel = "KIND",
            description =
                    "stagecraft, megatron or huggingface; without it what is not Stagecraft's becomes Stagecraft's.")
    private List<Kind> kinds = new ArrayList<>();

    @Option(
            names = {"--tensor-parallel-size", "--tensor-model-parallel-size"},
            paramLabel = "N",
            description = "Tensor ranks that the target is for; ${DEFAULT-VALUE} if not said.",
            defaultValue = "1")
    private int tensorSize = 1;

    @Option(
            names = {"--pipeline-parallel-size", "--pipeline-model-parallel-size"},
            paramLabel = "N",
            description = "Pipeline stages that the target is for; ${DEFAULT-VALUE} if not said.",
            defaultValue = "1")
    private int pipelineSize = 1;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description = "float32, float16 or bfloat16; without it that of FROM, and float32 for Stagecraft.")
    private List<WrittenType> types = new ArrayList<>();

    @Option(
            names = "--vocab-size",
            paramLabel = "N",
            description = "Tokens of the tokenizer, where FROM has more rows and does not say which are padding.")
    private List<Integer> vocabulary = new ArrayList<>();

    @Option(
            names = "--make-vocab-size-divisible-by",
            paramLabel = "N",
            description = "Rows of the vocabulary are a multiple of N times the tensor ranks; without it as in the"
                    + " run of FROM, or 128.")
    private List<Integer> divisibleBy = new ArrayList<>();

    @Option(
            names = "--num-attention-heads",
            paramLabel = "N",
            description = "Attention heads, where FROM is of version 0 and does not say it; without it heads of 64"
                    + " channels.")
    private List<Integer> heads = new ArrayList<>();

    @Option(names = "--vocab-file", paramLabel = "FILE", description = "vocab.json of the tokenizer.")
    private Path vocabularyFile = NONE;

    @Option(names = "--merge-file", paramLabel = "FILE", description = "merges.txt of the tokenizer.")
    private Path mergeFile = NONE;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Of Hugging Face's weights: safetensors or bin; safetensors if not said.")
    private Format format = Format.SAFETENSORS;

    @Option(
            names = "--max-shard-size",
            paramLabel = "MB",
            description = "Largest file of Hugging Face's weights, in millions of bytes; ${DEFAULT-VALUE} if not said.",
            defaultValue = "" + DEFAULT_SHARD_MEGABYTES)
    private int shardMegabytes = DEFAULT_SHARD_MEGABYTES;

    @Option(names = "--overwrite", description = "Replace TO if it is a saved model or empty.")
    private boolean overwrite;

    /// Names of [ConversionTarget]s.
    enum Kind {
        STAGECRAFT,
        MEGATRON,
        HUGGINGFACE
    }

    /// Names of types of weights.
    enum WrittenType {
        FLOAT32(ElementType.F32),
        FLOAT16(ElementType.F16),
        BFLOAT16(ElementType.BF16);

        private final ElementType type;

        WrittenType(ElementType type) {
            this.type = type;
        }
    }

    /// Names of [HuggingFaceForm.Files].
    enum Format {
        SAFETENSORS(HuggingFaceForm.Files.SAFETENSORS),
        BIN(HuggingFaceForm.Files.TORCH);

        private final HuggingFaceForm.Files files;

        Format(HuggingFaceForm.Files files) {
            this.files = files;
        }
    }

    ConvertCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Surroundings surroundings = root.surroundings();
        ConvertOrder order;
        try {
            order = order(surroundings.workingDirectory());
        } catch (IllegalArgumentException e) {
            surroundings.err().println("stagecraft: nothing was written: " + e.getMessage());
            return ExitCode.REFUSED;
        }
        return surroundings.runs().convert(order, surroundings.out(), surroundings.err());
    }

    private ConvertOrder order(Path working) {
        boolean oneOfTwo = vocabularyFile.equals(NONE) != mergeFile.equals(NONE);
        if (oneOfTwo) {
            throw new IllegalArgumentException("--vocab-file and --merge-file are given together");
        }
        List<TokenizerSource> tokenizers = vocabularyFile.equals(NONE)
                ? List.of()
                : List.of(new TokenizerSource.GptBpeFiles(working.resolve(vocabularyFile), working.resolve(mergeFile)));
        var said = new ConvertOrder.Said(
                vocabulary.isEmpty() ? new VocabularySize.AsSaved() : new VocabularySize.Of(vocabulary.getLast()),
                types.isEmpty() ? new WeightType.AsSaved() : new WeightType.Of(types.getLast().type),
                divisibleBy,
                heads.isEmpty() ? HeadCount.assumed() : new HeadCount.Of(heads.getLast()),
                tokenizers);
        requireOfTarget();
        return new ConvertOrder(
                working.resolve(from).normalize(),
                working.resolve(to).normalize(),
                kinds.stream().map(this::target).toList(),
                said,
                overwrite ? ConvertOrder.Existing.REPLACE : ConvertOrder.Existing.REFUSE);
    }

    /// An option that would change nothing is a mistake of the user's.
    private void requireOfTarget() {
        boolean filesSaid = format != Format.SAFETENSORS || shardMegabytes != DEFAULT_SHARD_MEGABYTES;
        if (filesSaid && !kinds.contains(Kind.HUGGINGFACE)) {
            throw new IllegalArgumentException("--format and --max-shard-size are of --to huggingface");
        }
        if (shardMegabytes < 1) {
            throw new IllegalArgumentException("--max-shard-size must be at least 1 but is " + shardMegabytes);
        }
        if (tensorSize < 1 || pipelineSize < 1) {
            throw new IllegalArgumentException(
                    "a split is at least 1 x 1, tensor x pipeline, but is " + tensorSize + " x " + pipelineSize);
        }
        if (pipelineSize > 1 && !kinds.contains(Kind.MEGATRON)) {
            throw new IllegalArgumentException(
                    "--pipeline-parallel-size is of --to megatron; the others are loaded at any number of stages");
        }
        if (tensorSize > 1 && (kinds.isEmpty() || kinds.contains(Kind.HUGGINGFACE))) {
            throw new IllegalArgumentException(
                    "--tensor-parallel-size is of --to megatron, and of --to stagecraft for the rows of the vocabulary");
        }
    }

    private ConversionTarget target(Kind kind) {
        return switch (kind) {
            case STAGECRAFT -> new ConversionTarget.Stagecraft(tensorSize);
            case MEGATRON -> new ConversionTarget.Megatron(new MegatronLayout(tensorSize, pipelineSize));
            case HUGGINGFACE ->
                new ConversionTarget.HuggingFace(new HuggingFaceForm(format.files, 1_000_000L * shardMegabytes));
        };
    }
}
