package io.stagecraft.actors.telemetry;

import java.util.Arrays;
import java.util.Locale;

/// The losses of a run of any length in bounded memory, drawn as one line.
final class LossCurve {
    private static final String LEVELS = "▁▂▃▄▅▆▇█";
    private static final int CAPACITY = 128;

    private final double[] means = new double[CAPACITY];
    private int numMeans;
    private long stepsPerMean = 1;
    private double sum;
    private long numInSum;

    /// Takes the next step's loss; what is not finite is left out.
    void add(double loss) {
        if (!Double.isFinite(loss)) {
            return;
        }
        sum += loss;
        numInSum++;
        if (numInSum < stepsPerMean) {
            return;
        }
        means[numMeans++] = sum / numInSum;
        sum = 0;
        numInSum = 0;
        if (numMeans == CAPACITY) {
            halve();
        }
    }

    /// Neighbours become their mean: half the points, each for twice the steps.
    private void halve() {
        numMeans /= 2;
        for (int i = 0; i < numMeans; i++) {
            means[i] = (means[2 * i] + means[2 * i + 1]) / 2;
        }
        stepsPerMean *= 2;
    }

    /// `lm loss 4.85 █▇▅▃▂▁ 1.52` in at most `columns` columns; empty with fewer than two points.
    String line(int columns) {
        if (numMeans < 2) {
            return "";
        }
        String start = String.format(Locale.ROOT, "lm loss %.2f ", means[0]);
        String end = String.format(Locale.ROOT, " %.2f", means[numMeans - 1]);
        int width = Math.min(numMeans, Math.max(1, columns - start.length() - end.length()));
        double[] shown = new double[width];
        for (int i = 0; i < width; i++) {
            int from = i * numMeans / width;
            int to = Math.max(from + 1, (i + 1) * numMeans / width);
            shown[i] = Arrays.stream(means, from, to).average().orElseThrow();
        }
        return start + drawn(shown) + end;
    }

    private static String drawn(double[] values) {
        double least = Arrays.stream(values).min().orElseThrow();
        double most = Arrays.stream(values).max().orElseThrow();
        var line = new StringBuilder();
        for (double value : values) {
            double height = most > least ? (value - least) / (most - least) : 0;
            line.append(LEVELS.charAt((int) Math.round(height * (LEVELS.length() - 1))));
        }
        return line.toString();
    }
}
