package io.stagecraft.actors.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// The layout of a run as a table of at most 100 columns, one row a stage and a sum.
public final class LayoutTable {
    private static final List<String> HEADINGS =
            List.of("stage", "layers", "ranks", "parameters", "weights", "gradients", "moments", "activations");
    private static final int WIDEST_LAYERS = 21;
    private static final int WIDEST_RANKS = 7;
    private static final int LAST_TEXT_COLUMN = 2;

    private LayoutTable() {}

    /// Lines with an end each.
    public static String of(List<LayoutRow> rows) {
        var cells = new ArrayList<List<String>>();
        cells.add(HEADINGS);
        rows.forEach(row -> cells.add(cells(row)));
        if (rows.size() > 1) {
            cells.add(sum(rows));
        }
        int[] widths = new int[HEADINGS.size()];
        for (List<String> line : cells) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], line.get(column).length());
            }
        }
        return cells.stream().map(line -> line(line, widths)).collect(Collectors.joining());
    }

    private static List<String> cells(LayoutRow row) {
        return List.of(
                String.valueOf(row.stage()),
                fit(row.layers(), WIDEST_LAYERS),
                fit(row.ranks(), WIDEST_RANKS),
                String.format(Locale.ROOT, "%,d", row.numParameters()),
                Printable.bytes(row.weightBytes()),
                Printable.bytes(row.gradientBytes()),
                Printable.bytes(row.momentBytes()),
                Printable.bytes(row.activationBytes()));
    }

    private static List<String> sum(List<LayoutRow> rows) {
        return List.of(
                "all",
                "",
                "",
                String.format(
                        Locale.ROOT,
                        "%,d",
                        rows.stream().mapToLong(LayoutRow::numParameters).sum()),
                Printable.bytes(rows.stream().mapToLong(LayoutRow::weightBytes).sum()),
                Printable.bytes(
                        rows.stream().mapToLong(LayoutRow::gradientBytes).sum()),
                Printable.bytes(rows.stream().mapToLong(LayoutRow::momentBytes).sum()),
                Printable.bytes(
                        rows.stream().mapToLong(LayoutRow::activationBytes).sum()));
    }

    private static String fit(String text, int widest) {
        String clean = Printable.line(text);
        return clean.length() <= widest ? clean : clean.substring(0, widest - 3) + "...";
    }

    private static String line(List<String> cells, int[] widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            boolean left = column > 0 && column <= LAST_TEXT_COLUMN;
            line.append(column == 0 ? "" : "  ")
                    .append(("%" + (left ? "-" : "") + widths[column] + "s").formatted(cells.get(column)));
        }
        return line.toString().stripTrailing() + "\n";
    }
}
