package io.stagecraft.stages.schedule;

import java.util.Arrays;
import java.util.List;

/// Draws the lists of all stages over time.
final class ScheduleDiagram {
    private ScheduleDiagram() {}

    static String draw(List<List<StageAction>> lists) {
        var simulation = new ScheduleSimulation(lists, ActionCosts.unit(), Integer.MAX_VALUE);
        simulation.run();
        int width = 0;
        int columns = 0;
        for (List<ScheduleSimulation.Timed> stage : simulation.timeline()) {
            for (ScheduleSimulation.Timed timed : stage) {
                width = Math.max(width, timed.action().label().length());
                columns = Math.max(columns, (int) timed.end());
            }
        }
        var diagram = new StringBuilder();
        for (int stage = 0; stage < lists.size(); stage++) {
            var cells = new String[columns];
            Arrays.fill(cells, ".");
            for (ScheduleSimulation.Timed timed : simulation.timeline().get(stage)) {
                for (int t = (int) timed.start(); t < timed.end(); t++) {
                    cells[t] = timed.action().label();
                }
            }
            var line = new StringBuilder("stage ").append(stage).append(" |");
            for (String cell : cells) {
                line.append(' ').append(cell).append(" ".repeat(width - cell.length()));
            }
            diagram.append(line.toString().stripTrailing()).append('\n');
        }
        return diagram.toString();
    }
}
