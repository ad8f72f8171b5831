package io.stagecraft.actors.megatron;

import io.stagecraft.actors.config.ConfigFault;
import io.stagecraft.actors.config.Spelling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// A command line of Megatron-LM, taken apart as Python's `argparse` does it: `--name value`,
/// `--name=value`, the last one of a name holds. Names must be written out.
///
/// @param values of the arguments given, as written; those of a switch are empty
/// @param faults what is unknown, refused or lacks its value
/// @param remarks what was accepted and has no effect, a line each
public record MegatronCommandLine(Map<String, List<String>> values, List<ConfigFault> faults, List<String> remarks) {
    /// Where these arguments stand, for messages.
    public static final String PLACE = "command line";

    public MegatronCommandLine {
        values = Map.copyOf(values);
        faults = List.copyOf(faults);
        remarks = List.copyOf(remarks);
    }

    /// Takes `words` apart.
    public static MegatronCommandLine of(MegatronArguments known, List<String> words) {
        var parser = new Parser(known);
        parser.parse(words);
        parser.judge();
        return new MegatronCommandLine(parser.values, parser.faults, parser.remarks);
    }

    private static final class Parser {
        private static final int MAX_BEGUN = 4;

        private final MegatronArguments known;
        private final Map<String, List<String>> values = new LinkedHashMap<>();
        private final List<ConfigFault> faults = new ArrayList<>();
        private final List<String> remarks = new ArrayList<>();

        Parser(MegatronArguments known) {
            this.known = known;
        }

        void parse(List<String> words) {
            int at = 0;
            while (at < words.size()) {
                int end = at + 1;
                while (end < words.size() && !words.get(end).startsWith("--")) {
                    end++;
                }
                take(words.get(at), words.subList(at + 1, end));
                at = end;
            }
        }

        private void take(String word, List<String> following) {
            int equals = word.indexOf('=');
            String name = equals < 0 ? word : word.substring(0, equals);
            var given = new ArrayList<String>();
            if (equals >= 0) {
                given.add(word.substring(equals + 1));
            }
            given.addAll(following);
            known.find(name).ifPresentOrElse(it -> take(it, given), () -> unknown(name, given));
        }

        private void take(MegatronArgument argument, List<String> given) {
            String shown = String.join(" ", given);
            boolean fits = switch (argument.arity()) {
                case NONE -> given.isEmpty();
                case ONE -> given.size() == 1;
                case MANY -> !given.isEmpty();
            };
            if (!fits) {
                String rule = argument.arity() == MegatronArgument.Arity.NONE
                        ? "takes no value"
                        : "takes " + (argument.arity() == MegatronArgument.Arity.ONE ? "one value" : "values");
                fault(argument.name(), shown, rule + ": " + argument.usage());
                return;
            }
            values.put(argument.name(), given);
        }

        private void unknown(String name, List<String> given) {
            String shown = String.join(" ", given);
            if (!name.startsWith("--")) {
                fault(name, shown, "is no argument: arguments begin with --");
                return;
            }
            faults.add(new ConfigFault(
                    name,
                    shown,
                    "is no argument of Megatron-LM's pretrain_gpt that is known here",
                    meant(name),
                    PLACE));
        }

        /// Python's `argparse` takes the beginning of a name for the name; here it is only said.
        private String meant(String name) {
            String begun = known.names().stream()
                    .filter(it -> it.startsWith(name))
                    .limit(MAX_BEGUN)
                    .collect(Collectors.joining(" or "));
            if (!begun.isEmpty()) {
                return "names are not shortened here: did you mean " + begun + "?";
            }
            return Spelling.nearest(name.substring(2), known.names().stream().map(it -> it.substring(2)))
                    .map(it -> "did you mean --" + it + "?")
                    .orElse("");
        }

        /// What holds in the end: an argument given twice is judged by its last value.
        void judge() {
            values.forEach((name, given) -> judge(known.find(name).orElseThrow(), String.join(" ", given)));
            values.keySet()
                    .removeIf(name -> faults.stream().anyMatch(it -> it.key().equals(name)));
        }

        private void judge(MegatronArgument argument, String value) {
            switch (argument.treatment()) {
                case MegatronArgument.Treatment.Used _ -> {}
                case MegatronArgument.Treatment.Same _ ->
                    remarks.add(argument.name() + " has no effect: " + argument.words());
                case MegatronArgument.Treatment.Refused _ -> fault(argument.name(), value, argument.words());
                case MegatronArgument.Treatment.Only(List<String> allowed) -> {
                    if (!allowed.contains(value)) {
                        fault(argument.name(), value, argument.words());
                    }
                }
            }
        }

        private void fault(String name, String value, String rule) {
            faults.add(new ConfigFault(name, value.isEmpty() ? "(given)" : value, rule, "", PLACE));
        }
    }

    /// Whether the argument was given.
    boolean has(String name) {
        return values.containsKey(name);
    }

    /// As it was written, for messages: `--lr 0.1`.
    String shown(String name) {
        return values.getOrDefault(name, List.of()).stream()
                .collect(Collectors.joining(" ", name + " ", ""))
                .strip();
    }
}
