package io.stagecraft.actors.megatron;

import java.util.ArrayList;
import java.util.List;

/// The arguments as lines for a person, by group, each with its default and what becomes of it.
public final class MegatronHelp {
    private static final int WORDS_COLUMN = 8;
    private static final int WIDTH = 78;

    private MegatronHelp() {}

    /// All arguments that are known.
    public static List<String> lines(MegatronArguments arguments) {
        var lines = new ArrayList<String>();
        lines.add("");
        lines.add("Megatron-LM's arguments (23.04), with its defaults in brackets:");
        String group = "";
        for (MegatronArgument argument : arguments.all()) {
            if (!argument.group().equals(group)) {
                group = argument.group();
                lines.add("");
                lines.add(group + ":");
            }
            lines.add("  " + argument.usage() + "  [" + argument.defaultValue() + "]");
            wrap(words(argument), lines);
        }
        return List.copyOf(lines);
    }

    private static String words(MegatronArgument argument) {
        return switch (argument.treatment()) {
            case MegatronArgument.Treatment.Used _ -> argument.words();
            case MegatronArgument.Treatment.Same _ -> "no effect: " + argument.words();
            case MegatronArgument.Treatment.Only(List<String> values) ->
                "only " + String.join(", ", values) + "; with another value refused: " + argument.words();
            case MegatronArgument.Treatment.Refused _ -> "refused: " + argument.words();
        };
    }

    private static void wrap(String words, List<String> lines) {
        var line = new StringBuilder(" ".repeat(WORDS_COLUMN));
        for (String word : words.split(" ")) {
            if (line.length() + word.length() >= WIDTH) {
                lines.add(line.toString().stripTrailing());
                line = new StringBuilder(" ".repeat(WORDS_COLUMN));
            }
            line.append(word).append(' ');
        }
        lines.add(line.toString().stripTrailing());
    }
}
