package io.stagecraft.actors.config;

import io.stagecraft.actors.telemetry.Printable;
import java.util.List;

/// Faults as a person reads them in a terminal.
public final class FaultReport {
    private FaultReport() {}

    /// A numbered list: key, value and place on one line, the rule below it, then what would be
    /// valid.
    public static String of(List<ConfigFault> faults) {
        return of(faults, "`stagecraft config show` lists every key with its value and where it is written.");
    }

    /// The same with a last line that says where to look.
    public static String of(List<ConfigFault> faults, String hint) {
        var text = new StringBuilder();
        String count = faults.size() == 1 ? "a fault" : faults.size() + " faults";
        text.append("stagecraft: the configuration has ").append(count).append("; nothing was started.\n");
        int number = 1;
        for (ConfigFault fault : faults) {
            text.append("\n%3d. %s = %s   (%s)%n"
                    .formatted(number++, fault.key(), Printable.visible(fault.value()), fault.where()));
            text.append("     ").append(Printable.line(fault.rule())).append('\n');
            if (!fault.nearest().isEmpty()) {
                text.append("     ").append(Printable.line(fault.nearest())).append('\n');
            }
        }
        text.append('\n').append(hint).append('\n');
        return text.toString();
    }
}
