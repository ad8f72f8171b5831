package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.actors.train.SignalWatch;
import io.stagecraft.model.data.preprocess.InputFormat;
import io.stagecraft.model.data.preprocess.PreprocessException;
import io.stagecraft.model.data.preprocess.PreprocessProgress;
import io.stagecraft.model.data.preprocess.PreprocessSettings;
import io.stagecraft.model.data.preprocess.PreprocessSettings.BadLines;
import io.stagecraft.model.data.preprocess.PreprocessSettings.Level;
import io.stagecraft.model.data.preprocess.Preprocessor;
import io.stagecraft.model.text.CorpusException;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.VocabularyException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/// `stagecraft preprocess`.
@Command(
        name = "preprocess",
        description = {
            "Make Megatron-LM's .bin and .idx files of text.",
            "",
            "The arguments have Megatron-LM's names. The files appear when all is done; a run that was stopped"
                    + " removes what it began and, started again, begins anew. A line that is no JSON object with the key, no UTF-8 or too long"
                    + " stops the run with its file and number, or is left out and said (--bad-lines skip)."
        },
        footer = {
            "",
            "Examples:",
            "  stagecraft preprocess --input text.jsonl --output-prefix my-gpt --tokenizer-type GPT2BPETokenizer"
                    + " --append-eod",
            "  stagecraft preprocess --input sentences.jsonl --json-keys sentences --split-sentences"
                    + " --output-prefix my-bert --tokenizer-type BertWordPieceLowerCase --vocab-file vocab.txt"
        })
final class PreprocessCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private TokenizerChoice tokenizerChoice = new TokenizerChoice();

    @Option(names = "--input", paramLabel = "FILE", required = true, arity = "1..*", description = "Text, in order.")
    private List<Path> inputs = List.of();

    @Option(
            names = "--input-format",
            paramLabel = "FORMAT",
            description = "jsonl: an object a line; lines: plain text, a line is a document; text: plain text, a file"
                    + " is a document. Without it by the name: .txt is text, all else jsonl.")
    private String format = "";

    @Option(
            names = "--json-keys",
            paramLabel = "KEY",
            arity = "1..*",
            description = "Keys of the texts, each of which gives a data set (text).")
    private List<String> jsonKeys = List.of("text");

    @Option(
            names = "--output-prefix",
            paramLabel = "PREFIX",
            required = true,
            description = "Writes PREFIX_KEY_document.bin and .idx.")
    private Path outputPrefix = Path.of("");

    @Option(names = "--append-eod", description = "The end of a document is a token.")
    private boolean appendEod;

    @Option(
            names = "--split-sentences",
            description = "Items are sentences, which each document must give as a list: text is not split here.")
    private boolean splitSentences;

    @Option(names = "--workers", paramLabel = "N", description = "Threads that encode (the processors).")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Option(names = "--log-interval", paramLabel = "N", description = "Documents between lines of progress (1000).")
    private int logInterval = 1000;

    @Option(names = "--bad-lines", paramLabel = "stop|skip", description = "What a bad line does (stop).")
    private String badLines = "stop";

    @Option(names = "--max-line-bytes", paramLabel = "N", description = "Longest line that is read (16777216).")
    private int maxLineBytes = 1 << 24;

    @Option(names = "--dataset-impl", paramLabel = "mmap", description = "The only kind there is.")
    private String datasetImpl = "mmap";

    @Option(names = "--chunk-size", paramLabel = "N", description = "Has no meaning here; accepted.")
    private int chunkSize;

    PreprocessCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        PreprocessSettings settings;
        try {
            settings = settings();
        } catch (TypeConversionException | IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
        if (chunkSize != 0) {
            root.surroundings().err().println("stagecraft: --chunk-size has no meaning here and is not used");
        }
        var signal = new AtomicInteger();
        var report =
                new PreprocessReport(root.surroundings(), root.screen(), logInterval, System::nanoTime, signal::get);
        try (SignalWatch _ = SignalWatch.over(signal::set)) {
            Tokenizer tokenizer = tokenizerChoice
                    .source(root.surroundings().workingDirectory())
                    .open();
            report.begin(settings, tokenizer);
            PreprocessProgress.Done done = Preprocessor.run(settings, tokenizer, report);
            report.end(done);
            return ExitCode.DONE;
        } catch (VocabularyException | CorpusException e) {
            return fail("nothing was started: ", e, ExitCode.REFUSED);
        } catch (PreprocessException | UncheckedIOException e) {
            report.erase();
            return fail("", e, signal.get() == 0 ? ExitCode.FAILED : ExitCode.SIGNALLED + signal.get());
        }
    }

    private int fail(String what, RuntimeException e, int code) {
        root.surroundings().err().println("stagecraft: " + what + Printable.line(String.valueOf(e.getMessage())));
        root.surroundings().err().flush();
        return code;
    }

    private PreprocessSettings settings() {
        Path folder = root.surroundings().workingDirectory();
        if (!datasetImpl.equals("mmap")) {
            throw new TypeConversionException("--dataset-impl must be mmap but is '" + datasetImpl + "'");
        }
        if (!tokenizerChoice.isGiven()) {
            throw new TypeConversionException("Missing required option: '--tokenizer-type=TYPE'");
        }
        tokenizerChoice.source(folder);
        if (appendEod && !tokenizerChoice.hasEndOfDocument()) {
            throw new TypeConversionException(
                    "--append-eod needs a token for the end of a document, which BERT's tokenizers do not have");
        }
        return new PreprocessSettings(
                inputs.stream().map(folder::resolve).toList(),
                inputFormat(),
                jsonKeys,
                folder.resolve(outputPrefix),
                new PreprocessSettings.Documents(
                        splitSentences ? Level.SENTENCE : Level.DOCUMENT, appendEod, badLinePolicy()),
                new PreprocessSettings.Limits(workers, maxLineBytes));
    }

    private InputFormat inputFormat() {
        InputFormat found = switch (format) {
            case "jsonl" -> InputFormat.JSON_LINES;
            case "lines" -> InputFormat.LINES;
            case "text" -> InputFormat.TEXT;
            case "" ->
                inputs.stream()
                                .allMatch(it ->
                                        it.toString().toLowerCase(Locale.ROOT).endsWith(".txt"))
                        ? InputFormat.TEXT
                        : InputFormat.JSON_LINES;
            default ->
                throw new TypeConversionException(
                        "--input-format must be jsonl, lines or text but is '" + format + "'");
        };
        if (splitSentences && found != InputFormat.JSON_LINES) {
            throw new TypeConversionException("--split-sentences needs JSON lines with a list of sentences each");
        }
        return found;
    }

    private BadLines badLinePolicy() {
        return switch (badLines) {
            case "stop" -> BadLines.STOP;
            case "skip" -> BadLines.SKIP;
            default -> throw new TypeConversionException("--bad-lines must be stop or skip but is '" + badLines + "'");
        };
    }
}
