package io.stagecraft.actors.cli;

import io.stagecraft.actors.train.GenerationWishes;
import io.stagecraft.actors.train.GenerationWishes.Ending;
import io.stagecraft.actors.train.GenerationWishes.Property;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.TokenChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Option;

/// The arguments of a generation that are no settings of a run.
final class GenerationOptions {
    private static final Path NONE = Path.of("");

    @Option(names = "--greedy", description = "The most likely token each time: generate.top-k=1.")
    private boolean greedy;

    @Option(
            names = "--top-p-decay",
            paramLabel = "FACTOR",
            description = "What generate.top-p is multiplied with after each token, in [0, 1]; 0 leaves it.")
    private double topPDecay;

    @Option(
            names = "--top-p-bound",
            paramLabel = "SHARE",
            description = "What --top-p-decay does not take generate.top-p below.")
    private double topPBound;

    @Option(
            names = "--beam-width",
            paramLabel = "N",
            description = "Search for the N most likely texts instead of drawing one.")
    private List<Integer> beamWidth = new ArrayList<>();

    @Option(
            names = "--length-penalty",
            paramLabel = "X",
            description = "A beam's log-probability is divided by its length to the power of this; default 1.")
    private double lengthPenalty = 1;

    @Option(
            names = "--stop",
            paramLabel = "WHERE",
            description = "What ends a text before generate.num-tokens: eod (end of document, the default), eol,"
                    + " double-eol, none.")
    private String stop = "eod";

    @Option(names = "--stop-token", paramLabel = "ID", description = "A token that ends a text too.")
    private List<Integer> stopTokens = new ArrayList<>();

    @Option(
            names = "--add-bos",
            description = "Put the end of a document before each prompt, so that its first token is scored too.")
    private boolean addBos;

    @Option(names = "--no-newline-after-colon", description = "Do not end a line behind a colon.")
    private boolean noNewlineAfterColon;

    @Option(names = "--log-probabilities", description = "Tell the log-probability of every token.")
    private boolean logProbabilities;

    @Option(names = "--score", description = "Generate nothing: tell the log-probabilities of the prompts' tokens.")
    private boolean score;

    @Option(names = "--vocab-file", paramLabel = "FILE", description = "GPT-2's vocab.json of a model without one.")
    private Path vocabFile = NONE;

    @Option(names = "--merge-file", paramLabel = "FILE", description = "GPT-2's merges.txt, with --vocab-file.")
    private Path mergeFile = NONE;

    /// Settings that the options stand for.
    List<String> overrides() {
        return greedy ? List.of("generate.top-k=1", "generate.top-p=0") : List.of();
    }

    /// The wishes that the options are.
    ///
    /// - Errors: [IllegalArgumentException] with everything that is wrong.
    GenerationWishes wishes(List<String> prompts, Path folder) {
        var faults = new ArrayList<String>();
        if (!beamWidth.isEmpty() && score) {
            faults.add("--beam-width and --score exclude each other");
        }
        if (!beamWidth.isEmpty() && greedy) {
            faults.add("--beam-width and --greedy exclude each other: a beam of width 1 is greedy");
        }
        if (!beamWidth.isEmpty() && logProbabilities) {
            faults.add("--log-probabilities are not told of beams; their score is");
        }
        if (!isShare(topPDecay) || !isShare(topPBound)) {
            faults.add("--top-p-decay and --top-p-bound must be in [0, 1] but are " + topPDecay + " and " + topPBound);
        }
        if (beamWidth.stream().anyMatch(width -> width < 1)) {
            faults.add("--beam-width must be at least 1 but is " + beamWidth.getLast());
        }
        if (!Double.isFinite(lengthPenalty)) {
            faults.add("--length-penalty must be a number but is " + lengthPenalty);
        }
        if (vocabFile.equals(NONE) != mergeFile.equals(NONE)) {
            faults.add("--vocab-file and --merge-file must be given together");
        }
        List<Ending> endings = ending();
        if (endings.isEmpty()) {
            faults.add("--stop must be eod, eol, double-eol or none but is " + stop);
        }
        if (!faults.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", faults));
        }
        return new GenerationWishes(
                prompts,
                properties(),
                method(),
                endings.getFirst(),
                stopTokens,
                logProbabilities || score ? TokenChoice.Report.LOG_PROBABILITIES : TokenChoice.Report.TOKENS,
                vocabFile.equals(NONE) ? List.of() : List.of(folder.resolve(vocabFile), folder.resolve(mergeFile)));
    }

    private static boolean isShare(double value) {
        return value >= 0 && value <= 1;
    }

    private Set<Property> properties() {
        Set<Property> properties = EnumSet.noneOf(Property.class);
        if (addBos) {
            properties.add(Property.BEGINS_A_DOCUMENT);
        }
        if (noNewlineAfterColon) {
            properties.add(Property.NO_NEWLINE_AFTER_COLON);
        }
        return properties;
    }

    private GenerationWishes.Method method() {
        if (score) {
            return new GenerationWishes.Method.Score();
        }
        return beamWidth.isEmpty()
                ? new GenerationWishes.Method.Draw(new TopPDecay(topPDecay, topPBound))
                : new GenerationWishes.Method.Beam(beamWidth.getLast(), lengthPenalty);
    }

    private List<Ending> ending() {
        return switch (stop) {
            case "eod" -> List.of(Ending.END_OF_DOCUMENT);
            case "eol" -> List.of(Ending.END_OF_LINE);
            case "double-eol" -> List.of(Ending.DOUBLE_END_OF_LINE);
            case "none" -> List.of(Ending.NONE);
            default -> List.of();
        };
    }
}
