package io.stagecraft.actors.config;

import com.typesafe.config.Config;
import java.util.List;

/// A valid configuration and where each of its values came from.
///
/// @param settings what the program uses
/// @param actorSystem for `ActorSystem.create` and nothing else: Akka's settings and the root
///     `stagecraft`
/// @param lines every setting in the order of the records' groups
public record EffectiveConfig(StagecraftConfig settings, Config actorSystem, List<ConfigLine> lines) {
    public EffectiveConfig {
        lines = List.copyOf(lines);
    }

    /// The settings as HOCON, one a line, for the start of a log and for checkpoints: read as a
    /// configuration file it gives the same run.
    public String text() {
        var text = new StringBuilder();
        for (ConfigLine line : lines) {
            text.append("stagecraft.")
                    .append(line.key())
                    .append(" = ")
                    .append(line.value())
                    .append('\n');
        }
        return text.toString();
    }
}
