package io.stagecraft.actors.megatron;

import java.util.List;

/// One of Megatron-LM's arguments, and what becomes of it here.
///
/// @param group heading in the help
/// @param name with its dashes and underscores
/// @param value name of its value; empty for a switch
/// @param arity how many values it takes
/// @param defaultValue of Megatron-LM, in words
/// @param treatment what becomes of it
/// @param words what it means, why it has no effect, or what to do instead
public record MegatronArgument(
        String group, String name, String value, Arity arity, String defaultValue, Treatment treatment, String words) {
    /// How many values an argument takes.
    public enum Arity {
        /// A switch.
        NONE,
        /// One.
        ONE,
        /// All up to the next argument.
        MANY
    }

    /// What becomes of an argument.
    public sealed interface Treatment {
        /// It has its meaning.
        record Used() implements Treatment {}

        /// Results do not depend on it here.
        record Same() implements Treatment {}

        /// It has its meaning with these values, and is refused with another.
        record Only(List<String> values) implements Treatment {
            public Only {
                values = List.copyOf(values);
            }
        }

        /// It is not accepted.
        record Refused() implements Treatment {}
    }

    /// As it is written: `--lr X`.
    public String usage() {
        return switch (arity) {
            case NONE -> name;
            case ONE -> name + " " + value;
            case MANY -> name + " " + value + " ...";
        };
    }
}
