package io.stagecraft.actors.telemetry;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/// Generated texts as they are, each prompt with what followed it and a line end; an empty line
/// between two. What a model thinks of a text, where that was asked for, is a line above it.
///
/// Control characters that could rule a terminal become spaces.
///
/// Thread: one at a time.
public final class PlainTexts implements RunEventSink {
    private final PrintWriter out;
    private boolean hasPrinted;

    /// Prints to `out`, which stays open.
    public PlainTexts(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void accept(RunEvent event) {
        if (event instanceof RunEvent.SampleGenerated sample) {
            print(sample);
        }
    }

    private void print(RunEvent.SampleGenerated sample) {
        if (hasPrinted) {
            out.println();
        }
        hasPrinted = true;
        if (!Double.isNaN(sample.score())) {
            out.println(String.format(Locale.ROOT, "score: %.4f", sample.score()));
        }
        List<Double> all = sample.logProbabilities();
        if (!all.isEmpty()) {
            double sum = all.stream().mapToDouble(Double::doubleValue).sum();
            out.println(String.format(Locale.ROOT, "log-probability: %.4f of %d tokens", sum, all.size()));
        }
        out.println(Printable.paragraph(sample.prompt() + sample.text()));
        out.flush();
    }

    @Override
    public void close() {
        out.flush();
    }
}
