package io.stagecraft.model.evaluation;

import java.util.List;
import java.util.regex.Pattern;

/// Undoes the tokenization of WikiText: blanks around punctuation, brackets, quotes and headings.
///
/// Rules apply in order, each to the whole text. The result is not quite the text of Wikipedia, but
/// it is what published perplexities were measured on. One more rule of the original, on
/// apostrophes before digits, never matches and is left out.
///
/// - Source: Megatron-LM's `tasks/zeroshot_gpt/detokenizer.py`.
public final class WikiTextDetokenizer {
    private static final char DEGREE = 176;
    /// White space as Python's regular expressions have it.
    private static final String SPACE = "[\\s\\x1c-\\x1f]*";

    private sealed interface Rule {
        String apply(String text);
    }

    private record Literal(String from, String to) implements Rule {
        @Override
        public String apply(String text) {
            return text.replace(from, to);
        }
    }

    private record Expression(Pattern pattern, String to) implements Rule {
        @Override
        public String apply(String text) {
            return pattern.matcher(text).replaceAll(to);
        }
    }

    private static final List<Rule> RULES = List.of(
            new Literal("s '", "s'"),
            new Literal(" @-@ ", "-"),
            new Literal(" @,@ ", ","),
            new Literal(" @.@ ", "."),
            new Literal(" : ", ": "),
            new Literal(" ; ", "; "),
            new Literal(" . ", ". "),
            new Literal(" ! ", "! "),
            new Literal(" ? ", "? "),
            new Literal(" , ", ", "),
            between("\\(", "[^\\)]", "\\)"),
            between("\\[", "[^\\]]", "\\]"),
            between("\\{", "[^}]", "\\}"),
            between("\"", "[^\"]", "\""),
            between("'", "[^']", "'"),
            new Literal("= = = =", "===="),
            new Literal("= = =", "==="),
            new Literal("= =", "=="),
            new Literal(" " + DEGREE + " ", String.valueOf(DEGREE)),
            new Literal(" \n", "\n"),
            new Literal("\n ", "\n"),
            new Literal(" N ", " 1 "),
            new Literal(" 's", "'s"));

    private WikiTextDetokenizer() {}

    /// No white space behind `open` and before `close`.
    private static Rule between(String open, String inner, String close) {
        Pattern pattern = Pattern.compile(
                "(" + open + ")" + SPACE + "(" + inner + "*?)" + SPACE + "(" + close + ")",
                Pattern.UNICODE_CHARACTER_CLASS);
        return new Expression(pattern, "$1$2$3");
    }

    /// `text` as people write it.
    public static String detokenize(String text) {
        String result = text;
        for (Rule rule : RULES) {
            result = rule.apply(result);
        }
        return result;
    }
}
