package io.stagecraft.actors.megatron;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// All arguments of Megatron-LM that are known here, in the order of the help.
///
/// Source: Megatron-LM 23.04, `megatron/arguments.py`.
///
/// @param all in the order of the help
public record MegatronArguments(List<MegatronArgument> all) {
    private static final String RESOURCE = "/megatron-arguments.txt";
    private static final int COLUMNS = 4;

    public MegatronArguments {
        all = List.copyOf(all);
    }

    /// Reads the table that comes with the program.
    public static MegatronArguments read() {
        try (InputStream in = MegatronArguments.class.getResourceAsStream(RESOURCE)) {
            return of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the table of arguments " + RESOURCE + ": " + e, e);
        }
    }

    private static MegatronArguments of(String text) {
        var all = new ArrayList<MegatronArgument>();
        String group = "";
        for (String line : text.lines().toList()) {
            if (line.startsWith("[")) {
                group = line.substring(1, line.length() - 1);
            } else if (line.startsWith("--")) {
                all.add(argument(group, line));
            }
        }
        return new MegatronArguments(all);
    }

    private static MegatronArgument argument(String group, String line) {
        String[] columns = line.split(" \\| ", COLUMNS);
        if (columns.length != COLUMNS) {
            throw new IllegalStateException(RESOURCE + ": expected " + COLUMNS + " columns: " + line);
        }
        String[] names = columns[0].strip().split(" ", 2);
        String value = names.length == 1 ? "" : names[1];
        boolean many = value.endsWith("*");
        var arity = value.isEmpty()
                ? MegatronArgument.Arity.NONE
                : many ? MegatronArgument.Arity.MANY : MegatronArgument.Arity.ONE;
        return new MegatronArgument(
                group,
                names[0],
                many ? value.substring(0, value.length() - 1) : value,
                arity,
                columns[1].strip(),
                treatment(columns[2].strip()),
                columns[3].strip());
    }

    private static MegatronArgument.Treatment treatment(String word) {
        return switch (word) {
            case "used" -> new MegatronArgument.Treatment.Used();
            case "same" -> new MegatronArgument.Treatment.Same();
            case "refused" -> new MegatronArgument.Treatment.Refused();
            default -> {
                if (!word.startsWith("only ")) {
                    throw new IllegalStateException(RESOURCE + ": there is no treatment " + word);
                }
                yield new MegatronArgument.Treatment.Only(
                        Arrays.asList(word.substring("only ".length()).split(" ")));
            }
        };
    }

    /// The argument of this name.
    public Optional<MegatronArgument> find(String name) {
        return all.stream().filter(it -> it.name().equals(name)).findFirst();
    }

    /// Names of all arguments.
    public List<String> names() {
        return all.stream().map(MegatronArgument::name).toList();
    }
}
