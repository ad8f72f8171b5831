package io.stagecraft.actors.cli;

import io.stagecraft.actors.telemetry.Printable;
import java.util.ArrayList;
import java.util.List;

/// Cells in columns as wide as their widest. What cells hold is printed inert.
final class TextTable {
    private static final int WIDEST = 90;

    private final List<List<String>> rows = new ArrayList<>();
    private final String alignment;

    /// A table whose columns are `alignment`, a letter each: `l` for left or `r` for right.
    TextTable(String alignment, String... headings) {
        this.alignment = alignment;
        row(headings);
    }

    /// Adds a row of as many cells as there are headings.
    void row(String... cells) {
        var row = new ArrayList<String>();
        for (String cell : cells) {
            String clean = Printable.line(cell);
            row.add(clean.length() <= WIDEST ? clean : clean.substring(0, WIDEST - 3) + "...");
        }
        rows.add(row);
    }

    /// The lines, indented by two.
    List<String> lines() {
        int[] widths = new int[alignment.length()];
        for (List<String> row : rows) {
            for (int column = 0; column < widths.length; column++) {
                widths[column] = Math.max(widths[column], row.get(column).length());
            }
        }
        return rows.stream().map(row -> line(row, widths)).toList();
    }

    private String line(List<String> row, int[] widths) {
        var line = new StringBuilder();
        for (int column = 0; column < widths.length; column++) {
            String gap = " ".repeat(widths[column] - row.get(column).length());
            String cell = alignment.charAt(column) == 'r' ? gap + row.get(column) : row.get(column) + gap;
            line.append("  ").append(cell);
        }
        return line.toString().stripTrailing();
    }
}
