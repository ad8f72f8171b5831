package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import io.stagecraft.model.data.DatasetFormatException;
import io.stagecraft.model.data.IndexedDatasetCheck;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `stagecraft data validate`.
@Command(
        name = "validate",
        description =
                "Read all of a data set and say what is wrong with it, with file and byte. Exit code 1 if anything"
                        + " is.",
        footer = {"", "Example:", "  stagecraft data validate my-gpt_text_document --vocab-size 50257"})
final class DataValidateCommand implements Callable<Integer> {
    private final StagecraftCommand root;

    @Parameters(paramLabel = "PREFIX", description = "PREFIX.bin and PREFIX.idx.")
    private Path prefix = Path.of("");

    @Option(names = "--json", description = "As a JSON object.")
    private boolean json;

    @Option(names = "--vocab-size", paramLabel = "N", description = "Every token must be below it.")
    private int vocabSize = Integer.MAX_VALUE;

    DataValidateCommand(StagecraftCommand root) {
        this.root = root;
    }

    @Override
    public Integer call() {
        try {
            var findings = IndexedDatasetCheck.of(
                    root.surroundings().workingDirectory().resolve(prefix), vocabSize);
            print(findings);
            return findings.isSound() ? ExitCode.DONE : ExitCode.FAILED;
        } catch (UncheckedIOException | IllegalArgumentException e) {
            root.surroundings().err().println("stagecraft: " + Printable.line(String.valueOf(e.getMessage())));
            root.surroundings().err().flush();
            return ExitCode.FAILED;
        }
    }

    private void print(IndexedDatasetCheck.Findings findings) {
        PrintWriter out = root.surroundings().out();
        if (json) {
            out.println(JsonReport.of(fields -> {
                fields.writeBooleanField("sound", findings.isSound());
                fields.writeNumberField("num_faults", findings.numFaults());
                fields.writeArrayFieldStart("faults");
                for (DatasetFormatException fault : findings.faults()) {
                    fields.writeStartObject();
                    fields.writeStringField("file", fault.file().toString());
                    fields.writeStringField("field", fault.field());
                    fields.writeNumberField("offset", fault.offsetBytes());
                    fields.writeStringField("message", String.valueOf(fault.getMessage()));
                    fields.writeEndObject();
                }
                fields.writeEndArray();
            }));
        } else if (findings.isSound()) {
            out.println(" sound");
        } else {
            findings.faults().forEach(it -> out.println(" " + Printable.line(String.valueOf(it.getMessage()))));
            out.println(" " + findings.numFaults() + (findings.numFaults() == 1 ? " fault" : " faults")
                    + (findings.numFaults() > findings.faults().size()
                            ? ", of which the first " + findings.faults().size() + " are said"
                            : ""));
        }
        out.flush();
    }
}
