package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.model.data.DatasetFormatException;
import io.stagecraft.model.data.IndexedDataset;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `stagecraft data show`.
@Command(
        name = "show",
        description = "Say what is in a data set: documents, items, tokens, type.",
        footer = {"", "Example:", "  stagecraft data show my-gpt_text_document"})
final class DataShowCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Parameters(paramLabel = "PREFIX", description = "PREFIX.bin and PREFIX.idx.")
    private Path prefix = Path.of("");

    @Option(names = "--json", description = "As a JSON object.")
    private boolean json;

    DataShowCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        Path absolute = root.surroundings().workingDirectory().resolve(prefix);
        try (IndexedDataset dataset = IndexedDataset.open(absolute)) {
            show(dataset);
            return ExitCode.DONE;
        } catch (DatasetFormatException | UncheckedIOException | IllegalArgumentException e) {
            root.surroundings().err().println("stagecraft: " + Printable.line(String.valueOf(e.getMessage())));
            root.surroundings().err().flush();
            return ExitCode.FAILED;
        }
    }

    private void show(IndexedDataset dataset) {
        long shortest = dataset.numItems() == 0 ? 0 : Long.MAX_VALUE;
        long longest = 0;
        for (long item = 0; item < dataset.numItems(); item++) {
            shortest = Math.min(shortest, dataset.length(item));
            longest = Math.max(longest, dataset.length(item));
        }
        PrintWriter out = root.surroundings().out();
        String type = dataset.type().name().toLowerCase(Locale.ROOT);
        if (json) {
            long least = shortest;
            long most = longest;
            out.println(JsonReport.of(fields -> {
                fields.writeStringField("bin", dataset.files().bin().toString());
                fields.writeNumberField("documents", dataset.numDocuments());
                fields.writeNumberField("items", dataset.numItems());
                fields.writeNumberField("tokens", dataset.numTokens());
                fields.writeStringField("dtype", type);
                fields.writeNumberField("shortest_item", least);
                fields.writeNumberField("longest_item", most);
                fields.writeNumberField("bin_bytes", size(dataset.files().bin()));
                fields.writeNumberField("idx_bytes", size(dataset.files().idx()));
            }));
        } else {
            out.printf(Locale.ROOT, "  documents  %,d%n", dataset.numDocuments());
            out.printf(Locale.ROOT, "  items      %,d, of %,d to %,d tokens%n", dataset.numItems(), shortest, longest);
            out.printf(Locale.ROOT, "  tokens     %,d%n", dataset.numTokens());
            out.printf(Locale.ROOT, "  dtype      %s%n", type);
            out.printf(
                    Locale.ROOT,
                    "  files      %s (.bin), %s (.idx)%n",
                    Printable.bytes(size(dataset.files().bin())),
                    Printable.bytes(size(dataset.files().idx())));
        }
        out.flush();
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the size of " + file + ": " + e.getMessage(), e);
        }
    }
}
