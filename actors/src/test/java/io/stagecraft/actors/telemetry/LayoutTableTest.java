package io.stagecraft.actors.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The table at the start, against one written by hand.
class LayoutTableTest {
    @Test
    void shouldAlignColumnsAndAddThemUp() {
        String table = LayoutTable.of(List.of(
                new LayoutRow(0, "embedding, 0-1", "0-1", 429_568, 1_718_272, 1_718_272, 3_436_544, 12_910_592),
                new LayoutRow(1, "2-3, head", "2-3", 413_440, 1_653_760, 1_653_760, 3_307_520, 900)));
        assertThat(table).isEqualTo("""
                stage  layers          ranks  parameters   weights  gradients   moments  activations
                    0  embedding, 0-1  0-1       429,568  1.64 MiB   1.64 MiB  3.28 MiB     12.3 MiB
                    1  2-3, head       2-3       413,440  1.58 MiB   1.58 MiB  3.15 MiB        900 B
                  all                            843,008  3.22 MiB   3.22 MiB  6.43 MiB     12.3 MiB
                """);
    }

    @Test
    void shouldFitAHundredColumns() {
        String long30 = "x".repeat(30);
        long huge = 999L << 40;
        var row = new LayoutRow(127, long30, long30, 999_999_999_999L, huge, huge, huge, huge);
        assertThat(LayoutTable.of(List.of(row, row)).lines()).allMatch(line -> line.length() <= 100);
    }

    @Test
    void shouldShowAllLayersOfASingleStageAndRanksOfThreeDigits() {
        var row = new LayoutRow(0, "embedding, 0-11, head", "120-127", 1, 1, 1, 1, 1);
        assertThat(LayoutTable.of(List.of(row))).contains("embedding, 0-11, head  120-127 ");
    }

    @Test
    void shouldNameBytesWithThreeDigits() {
        assertThat(List.of(0L, 999L, 1000L, 1024L, 10_240L, 1_048_575L, 1L << 40))
                .map(Printable::bytes)
                .containsExactly("0 B", "999 B", "0.98 KiB", "1.00 KiB", "10.0 KiB", "1.00 MiB", "1.00 TiB");
    }
}
