package io.stagecraft.model.evaluation;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import io.stagecraft.model.text.Tokenizer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// LAMBADA: the last word of each text from all before it. An example is right if every token of
/// the word is the likeliest one.
///
/// Windows are as long as the longest example needs: positions see only those before them, so that
/// padding behind an example changes nothing but the time.
///
/// - Source: Paperno et al., arXiv:1606.06031; Megatron-LM's `tasks/zeroshot_gpt/datasets.py`.
public final class LambadaTask implements ScoringTask {
    /// What is to be predicted.
    public enum Target {
        /// The whole last word, encoded with a blank in front, whatever the text's own tokens are:
        /// what is published (Megatron-LM, `--strict-lambada`).
        WORD,
        /// The last token of the text only.
        TOKEN
    }

    private static final String KEY = "text";

    private final List<Example> examples;
    private final int sequenceLength;
    private final int padding;

    private record Example(int[] tokens, int numLabels) {}

    private LambadaTask(List<Example> examples, int sequenceLength, int padding) {
        this.examples = examples;
        this.sequenceLength = sequenceLength;
        this.padding = padding;
    }

    /// Of lines of JSON objects with a `text`; blank lines are none. Windows have at most
    /// `sequenceLength` positions.
    ///
    /// - Errors: [IllegalArgumentException] naming the line if it has no text, no word to predict
    ///   or does not fit into `sequenceLength` positions.
    public static LambadaTask of(List<String> lines, Tokenizer tokenizer, int sequenceLength, Target target) {
        var examples = new ArrayList<Example>(lines.size());
        var json = new JsonFactory();
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).isBlank()) {
                try {
                    examples.add(example(text(json, lines.get(i)), tokenizer, sequenceLength, target));
                } catch (IllegalArgumentException | IOException e) {
                    throw new IllegalArgumentException("line " + (i + 1) + ": " + e.getMessage(), e);
                }
            }
        }
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("there is no line with a text");
        }
        int longest = examples.stream()
                .mapToInt(example -> example.tokens().length - 1)
                .max()
                .orElseThrow();
        return new LambadaTask(List.copyOf(examples), longest, tokenizer.endOfDocument());
    }

    /// As Python's `json.loads`: one value, and of equal keys the last.
    private static String text(JsonFactory json, String line) throws IOException {
        var texts = new ArrayList<String>(1);
        try (JsonParser parser = json.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("it is no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean isText = parser.currentName().equals(KEY);
                if (parser.nextToken() == JsonToken.VALUE_STRING && isText) {
                    texts.add(parser.getText());
                }
                parser.skipChildren();
            }
            if (parser.currentToken() != JsonToken.END_OBJECT || parser.nextToken() instanceof JsonToken) {
                throw new IllegalArgumentException("there is more behind the JSON object");
            }
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    "it is no JSON object up to column " + e.getLocation().getColumnNr(), e);
        }
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("it has no text at \"" + KEY + "\"");
        }
        return texts.getLast();
    }

    private static Example example(String text, Tokenizer tokenizer, int sequenceLength, Target target) {
        Example example = switch (target) {
            case TOKEN -> new Example(tokenizer.encode(text), 1);
            case WORD -> word(text, tokenizer);
        };
        int numTokens = example.tokens().length;
        if (numTokens <= example.numLabels() || example.numLabels() < 1) {
            throw new IllegalArgumentException("it has no word with another one before it");
        }
        if (numTokens > sequenceLength + 1) {
            throw new IllegalArgumentException("it has " + numTokens + " tokens but at most " + (sequenceLength + 1)
                    + " fit into " + sequenceLength + " positions");
        }
        return example;
    }

    private static Example word(String text, Tokenizer tokenizer) {
        String word = PythonText.lastWord(text);
        int[] context = tokenizer.encode(PythonText.strip(text.substring(0, text.lastIndexOf(word))));
        int[] labels = tokenizer.encode(" " + word);
        int[] tokens = Arrays.copyOf(context, context.length + labels.length);
        System.arraycopy(labels, 0, tokens, context.length, labels.length);
        return new Example(tokens, labels.length);
    }

    @Override
    public int numWindows() {
        return examples.size();
    }

    @Override
    public int sequenceLength() {
        return sequenceLength;
    }

    @Override
    public void tokens(long window, int[] into, int offset) {
        int num = 0;
        if (window < examples.size()) {
            int[] tokens = examples.get((int) window).tokens();
            num = tokens.length;
            System.arraycopy(tokens, 0, into, offset, num);
        }
        Arrays.fill(into, offset + num, offset + sequenceLength + 1, padding);
    }

    @Override
    public ScoredWindow scored(long window) {
        if (window >= examples.size()) {
            return ScoredWindow.none();
        }
        Example example = examples.get((int) window);
        int last = example.tokens().length - 1;
        return new ScoredWindow(last - example.numLabels(), last);
    }

    @Override
    public String describe() {
        return examples.size() + " examples in windows of " + sequenceLength + " positions";
    }

    @Override
    public ScoreReport.Accuracy report(Totals totals) {
        return new ScoreReport.Accuracy(totals.numCorrect(), totals.numWindows());
    }
}
