package io.stagecraft.actors.cli;

import io.stagecraft.model.backend.cpu.BlasLibrary;
import io.stagecraft.model.backend.cpu.CpuBackend;
import io.stagecraft.model.backend.cpu.CpuRuntime;
import io.stagecraft.model.backend.cpu.CpuRuntimeConfig;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.convert.Agreement;
import io.stagecraft.model.checkpoint.convert.Conversion;
import io.stagecraft.model.checkpoint.convert.ConversionException;
import io.stagecraft.model.checkpoint.convert.ConversionRequest;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.WeightType;
import io.stagecraft.model.checkpoint.convert.ConversionTarget;
import io.stagecraft.model.checkpoint.convert.ReopenedModel;
import io.stagecraft.model.checkpoint.convert.SavedTokenizer;
import io.stagecraft.model.checkpoint.convert.SourceFacts;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import io.stagecraft.model.file.FileFormatException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/// One conversion with what is said about it.
///
/// @param cacheFolder where natives are unpacked
/// @param out what happens
/// @param err what went wrong
record ConversionRun(Path cacheFolder, PrintWriter out, PrintWriter err) {
    private static final int MEGATRONS_MULTIPLE = 128;

    /// Converts; returns the exit code.
    int run(ConvertOrder order) {
        try {
            requireFree(order);
            SourceFacts facts = facts(order);
            try (var source = new ReopenedModel(() -> open(order))) {
                return convert(order, facts, source);
            }
        } catch (ConversionException e) {
            err.println("stagecraft: " + e.getMessage());
            return ExitCode.FAILED;
        } catch (UncheckedIOException e) {
            err.println("stagecraft: nothing was written: " + e.getMessage());
            return ExitCode.FAILED;
        } catch (FileFormatException | IllegalArgumentException | ArithmeticException e) {
            err.println("stagecraft: nothing was written: " + e.getMessage());
            return ExitCode.REFUSED;
        }
    }

    private static void requireFree(ConvertOrder order) {
        if (!Files.exists(order.from())) {
            throw new IllegalArgumentException("there is nothing at " + order.from());
        }
        Path from = realPath(order.from());
        Path to = realPath(order.to());
        if (to.startsWith(from) || from.startsWith(to)) {
            throw new IllegalArgumentException(
                    order.to() + " cannot be written while " + order.from() + " is read: one contains the other");
        }
        if (Files.exists(order.to()) && order.existing() == ConvertOrder.Existing.REFUSE) {
            throw new IllegalArgumentException(order.to() + " is there already; --overwrite replaces it");
        }
        if (Files.exists(order.to()) && !Files.isDirectory(order.to())) {
            throw new IllegalArgumentException(order.to() + " is a file; name a folder");
        }
        requireReplaceable(order.to());
    }

    /// What is replaced is deleted, so it has to be what a conversion or a run writes.
    private static void requireReplaceable(Path to) {
        try {
            if (Files.exists(to) && !ModelSources.isAt(to) && !isEmpty(to)) {
                throw new IllegalArgumentException(
                        to + " is no saved model and is not replaced; delete it or name another folder");
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + to + ": " + e, e);
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    /// Where `path` leads once links are followed; the part that is not there yet is kept as it is.
    private static Path realPath(Path path) {
        if (!Files.exists(path) && path.getParent() instanceof Path parent) {
            return realPath(parent).resolve(path.getFileName());
        }
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look at " + path + ": " + e, e);
        }
    }

    /// A file of Megatron-LM may not say how many heads its model has.
    private static ModelSource open(ConvertOrder order) {
        return MegatronSource.isAt(order.from())
                ? MegatronSource.open(order.from(), order.model().heads())
                : ModelSources.open(order.from());
    }

    private static SourceFacts facts(ConvertOrder order) {
        SourceFacts facts;
        try (ModelSource source = open(order)) {
            facts = SourceFacts.of(source);
        }
        if (facts.arguments().isEmpty()) {
            facts = facts.withArguments(RunArguments.of(facts.configuration()));
        }
        for (var tokenizer : order.model().tokenizers()) {
            facts = facts.withTokenizer(SavedTokenizer.of(tokenizer));
        }
        return facts;
    }

    private int convert(ConvertOrder order, SourceFacts facts, ModelSource source) {
        var request = new ConversionRequest(
                target(order, facts), order.model().vocabulary(), type(order, facts), divisibleBy(order, facts));
        var conversion = new Conversion(request, facts, source);
        out.println(" from " + source.path());
        out.println("   " + facts.describe(source));
        remarks(conversion, facts, request);
        out.flush();
        try (CpuRuntime runtime = CpuRuntime.open(new CpuRuntimeConfig(new BlasLibrary.Fastest(cacheFolder)));
                CpuBackend backend = runtime.newBackend()) {
            var progress = new ByteProgress(out, conversion.sizeBytes(), System::nanoTime);
            Agreement agreement = conversion.run(order.to(), backend, progress);
            tell(order, agreement);
            return ExitCode.DONE;
        }
    }

    /// Runs of ours take single precision, which holds the others exactly.
    private static WeightType type(ConvertOrder order, SourceFacts facts) {
        boolean unsaid = order.model().type() instanceof WeightType.AsSaved;
        return unsaid && target(order, facts) instanceof ConversionTarget.Stagecraft
                ? new WeightType.Of(ElementType.F32)
                : order.model().type();
    }

    private static int divisibleBy(ConvertOrder order, SourceFacts facts) {
        if (!order.model().divisibleBy().isEmpty()) {
            return order.model().divisibleBy().getLast();
        }
        Object saved = facts.arguments().getOrDefault("make_vocab_size_divisible_by", MEGATRONS_MULTIPLE);
        return saved instanceof Number number ? Math.toIntExact(number.longValue()) : MEGATRONS_MULTIPLE;
    }

    private static ConversionTarget target(ConvertOrder order, SourceFacts facts) {
        if (!order.targets().isEmpty()) {
            return order.targets().getLast();
        }
        if (facts.kind() == SourceFacts.Kind.STAGECRAFT) {
            throw new IllegalArgumentException(
                    order.from() + " is a checkpoint of Stagecraft: say --to megatron or --to huggingface");
        }
        return new ConversionTarget.Stagecraft(1);
    }

    private void remarks(Conversion conversion, SourceFacts facts, ConversionRequest request) {
        var before = conversion.model().source().model();
        var after = conversion.model().weights().model();
        if (before.paddedVocabSize() != after.paddedVocabSize()) {
            out.println("   rows of the vocabulary: " + before.paddedVocabSize() + " become " + after.paddedVocabSize()
                    + (after.paddedVocabSize() > before.paddedVocabSize() ? ", the last one repeated" : ""));
        }
        if (!conversion.model().vocabularyIsKnown()) {
            out.println("   how many of the " + before.paddedVocabSize()
                    + " rows are tokens is not known: all are taken; --vocab-size N says it");
        }
        if (request.target() instanceof ConversionTarget.Megatron && !conversion.keepsOptimizer()) {
            out.println("   weights alone, as a release: "
                    + (facts.arguments().isEmpty() ? "the source has no training run" : "the source has no moments"));
        }
        if (request.target() instanceof ConversionTarget.HuggingFace
                && !facts.tokenizer().isKnown()) {
            out.println("   no tokenizer is known; --vocab-file and --merge-file name one");
        }
    }

    private void tell(ConvertOrder order, Agreement agreement) {
        out.printf(
                Locale.ROOT,
                " equal bit for bit%s: %d weights%s%n",
                agreement.largestRounding() > agreement.largestDifference() ? ", once rounded to --dtype" : "",
                agreement.numWeights(),
                agreement.numMoments() == 0 ? "" : " and " + agreement.numMoments() + " moments");
        double difference = Math.max(agreement.largestDifference(), agreement.largestRounding());
        out.printf(
                Locale.ROOT,
                " logits of a fixed input, %d tokens x %d, through source and target: %s%n",
                agreement.numTokens(),
                agreement.numLogits(),
                difference == 0
                        ? "largest difference 0"
                        : String.format(Locale.ROOT, "largest difference %.3g", difference));
        out.println(" written: " + order.to());
        out.flush();
    }
}
