package io.stagecraft.tests.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TrainConfig;
import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.ScoreOrder;
import io.stagecraft.model.evaluation.LambadaTask;
import io.stagecraft.model.text.GptBpeTokenizer;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.tests.parity.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// All of WikiText-2's and LAMBADA's test parts, as `evaluate` scores them, against counts that are
/// made here from the definitions: one target and one example at a time, with a model whose outputs
/// this test computes itself.
class WholeCorpusTest {
    private static final int WINDOWS_AT_ONCE = 16;

    @TempDir
    private Path folder;

    private static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    private <E extends RunEvent> E score(
            ParallelTopology topology, Path model, Path text, ScoreOrder.Benchmark benchmark, Class<E> result)
            throws Exception {
        var run = new TinyRun(folder, topology, TransportSettings.Channel.IPC);
        int batch = WINDOWS_AT_ONCE * topology.dataSize();
        StagecraftConfig config = run.config(new TrainConfig(1, WINDOWS_AT_ONCE, batch, 1, 0, 0));
        var order = new ScoreOrder(benchmark, model, text, 0, List.of());
        return run.run(order.job(config), config).of(result).getFirst();
    }

    // ---- WikiText

    private static final int POSITIONS = 64;
    private static final int OVERLAP = 48;
    private static final int VOCABULARY = 384;

    /// GPT-2's byte-pair encoding with the first merges only: bytes, merges, end of document.
    private static Tokenizer smallTokenizer(Path folder) throws IOException {
        Files.createDirectories(folder);
        var json = new ObjectMapper();
        JsonNode all = json.readTree(
                SharedFiles.require("golden/data/gpt2-small-vocab.json").toFile());
        ObjectNode some = json.createObjectNode();
        for (Map.Entry<String, JsonNode> entry : (Iterable<Map.Entry<String, JsonNode>>) all::fields) {
            if (entry.getValue().intValue() < VOCABULARY - 1) {
                some.set(entry.getKey(), entry.getValue());
            }
        }
        some.put("<|endoftext|>", VOCABULARY - 1);
        json.writeValue(folder.resolve("vocab.json").toFile(), some);
        List<String> merges = Files.readAllLines(SharedFiles.require("golden/data/gpt2-small-merges.txt"));
        Files.write(folder.resolve("merges.txt"), merges.subList(0, 1 + VOCABULARY - 1 - 256));
        return new TokenizerSource.GptBpeFiles(folder.resolve("vocab.json"), folder.resolve("merges.txt")).open();
    }

    /// Megatron-LM's `wikitext_detokenizer`, with `String.replace` and `replaceAll` alone.
    private static String detokenized(String text) {
        String s = text.replace("s '", "s'");
        s = s.replace(" @-@ ", "-").replace(" @,@ ", ",").replace(" @.@ ", ".");
        s = s.replace(" : ", ": ").replace(" ; ", "; ").replace(" . ", ". ");
        s = s.replace(" ! ", "! ").replace(" ? ", "? ").replace(" , ", ", ");
        s = s.replaceAll("(?U)\\(\\s*([^\\)]*?)\\s*\\)", "($1)");
        s = s.replaceAll("(?U)\\[\\s*([^\\]]*?)\\s*\\]", "[$1]");
        s = s.replaceAll("(?U)\\{\\s*([^}]*?)\\s*\\}", "{$1}");
        s = s.replaceAll("(?U)\"\\s*([^\"]*?)\\s*\"", "\"$1\"");
        s = s.replaceAll("(?U)'\\s*([^']*?)\\s*'", "'$1'");
        s = s.replace("= = = =", "====").replace("= = =", "===").replace("= =", "==");
        s = s.replace(" \u00b0 ", "\u00b0");
        return s.replace(" \n", "\n").replace("\n ", "\n").replace(" N ", " 1 ").replace(" 's", "'s");
    }

    /// Loss of every token but the first: in the first window, or among the last `OVERLAP` targets
    /// of the window that begins a multiple of `OVERLAP` tokens behind the first.
    private static double lossSum(UniformAttention model, int[] tokens) {
        int numWindows = Math.max(0, Math.ceilDiv(tokens.length - 1 - POSITIONS, OVERLAP)) + 1;
        double[] losses = IntStream.range(0, numWindows)
                .parallel()
                .mapToDouble(window -> {
                    int start = window * OVERLAP;
                    double[][] hidden = model.hidden(tokens, start, Math.min(POSITIONS, tokens.length - start));
                    int first = window == 0 ? 1 : start + POSITIONS - OVERLAP + 1;
                    double sum = 0;
                    for (int target = first; target <= Math.min(start + POSITIONS, tokens.length - 1); target++) {
                        sum += model.loss(hidden[target - 1 - start], tokens[target]);
                    }
                    return sum;
                })
                .toArray();
        return Arrays.stream(losses).sum();
    }

    @Test
    void shouldScoreAllOfWikiTextAsCountedTokenByToken() throws Exception {
        wikiText(new ParallelTopology(1, 2, 1));
    }

    @Test
    @Tag("long")
    void shouldScoreAllOfWikiTextAlikeAtOtherLayouts() throws Exception {
        wikiText(new ParallelTopology(1, 1, 1), new ParallelTopology(2, 1, 1));
    }

    private void wikiText(ParallelTopology... topologies) throws Exception {
        Path text = SharedFiles.require("data/corpora/wikitext-2.test.tokens.txt");
        Path saved = folder.resolve("model");
        Tokenizer tokenizer = smallTokenizer(saved);
        UniformAttention model = new UniformAttention(VOCABULARY, POSITIONS, 16, 2).randomized(random(1));
        model.save(saved);
        String original = Files.readString(text);
        int[] tokens = tokenizer.encode(detokenized(original));
        int words = original.strip().split(" ", -1).length;

        double loss = lossSum(model, tokens);
        for (ParallelTopology topology : topologies) {
            expect(saved, text, topology, loss, tokens.length, words);
        }
    }

    private void expect(Path model, Path text, ParallelTopology topology, double lossSum, int tokens, int words)
            throws Exception {
        var measured = score(
                topology,
                model,
                text,
                new ScoreOrder.Benchmark.WikiText("WIKITEXT2", OVERLAP),
                RunEvent.PerplexityMeasured.class);
        double loss = lossSum / (tokens - 1);
        double ratio = (tokens - 1.0) / (words - 1.0);
        assertThat(measured.numTokenizedTokens()).isEqualTo(tokens);
        assertThat(measured.numOriginalTokens()).isEqualTo(words);
        assertThat(measured.tokenRatio()).isEqualTo(ratio);
        // Losses of about 6 in float32 with errors of either sign: their mean is closer than any of
        // them.
        assertThat(measured.avgLoss()).isCloseTo(loss, within(2e-6));
        assertThat(measured.ppl()).isCloseTo(Math.exp(loss), within(2e-5 * Math.exp(loss)));
        double adjusted = Math.exp(Math.min(20, loss * ratio));
        assertThat(measured.adjustedPpl()).isCloseTo(adjusted, within(2e-5 * adjusted));
    }

    // ---- LAMBADA

    private static final int GPT2_PADDED = 50_304;
    private static final int LONGEST = 256;
    private static final int WIDTH = 32;
    /// Logits are about 10 in float32; a lead as small as this may be lost.
    private static final double UNSURE = 1e-3;

    private record Example(int[] tokens, int numLabels) {}

    private static List<Example> examples(List<String> texts, Tokenizer tokenizer, LambadaTask.Target target) {
        var examples = new ArrayList<Example>();
        for (String text : texts) {
            if (target == LambadaTask.Target.TOKEN) {
                examples.add(new Example(tokenizer.encode(text), 1));
                continue;
            }
            String[] words = text.strip().split("\\s+");
            String word = words[words.length - 1];
            int[] context =
                    tokenizer.encode(text.substring(0, text.lastIndexOf(word)).strip());
            int[] labels = tokenizer.encode(" " + word);
            int[] all = IntStream.concat(Arrays.stream(context), Arrays.stream(labels))
                    .toArray();
            examples.add(new Example(all, labels.length));
        }
        return examples;
    }

    /// Says the label that its context has most of, and rather one that is often asked for: only
    /// labels have an embedding, and it is the longer the more examples have the label.
    private static UniformAttention mostFrequent(Map<Integer, Integer> labels, int layers) {
        var model = new UniformAttention(GPT2_PADDED, LONGEST, WIDTH, layers);
        RandomGenerator random = random(2);
        labels.forEach((label, count) -> {
            for (int c = 0; c < WIDTH; c++) {
                model.tensor("wte.weight")[label * WIDTH + c] = (float) (Math.pow(count, 0.25) * random.nextGaussian());
            }
        });
        for (int c = 0; c < WIDTH; c++) {
            model.tensor("h.0.attn.c_attn.weight")[c * 3 * WIDTH + 2 * WIDTH + c] = 1;
            model.tensor("h.0.attn.c_proj.weight")[c * WIDTH + c] = 50;
        }
        return model;
    }

    /// Right examples, and those of which float32 cannot be sure.
    private record Count(long correct, long unsure) {}

    private static Count count(UniformAttention model, List<Example> examples, int[] labels) {
        double[] leads = examples.parallelStream()
                .mapToDouble(example -> lead(model, example, labels))
                .toArray();
        return new Count(
                Arrays.stream(leads).filter(lead -> lead > UNSURE).count(),
                Arrays.stream(leads).filter(lead -> Math.abs(lead) <= UNSURE).count());
    }

    /// By how much the labels of `example` are ahead of all other tokens, where that is least.
    private static double lead(UniformAttention model, Example example, int[] labels) {
        int last = example.tokens().length - 1;
        double[][] hidden = model.hidden(example.tokens(), 0, last);
        double lead = Double.POSITIVE_INFINITY;
        for (int at = last - example.numLabels(); at < last; at++) {
            int target = example.tokens()[at + 1];
            double[] row = hidden[at];
            // Tokens without an embedding all have the logit 0.
            double other = Arrays.stream(labels)
                    .filter(label -> label != target)
                    .mapToDouble(label -> model.logit(row, label))
                    .max()
                    .orElseThrow();
            lead = Math.min(lead, model.logit(row, target) - Math.max(0, other));
        }
        return lead;
    }

    @Test
    void shouldCountTheLastWordsOfLambadaAsCountedOneByOne() throws Exception {
        lambada(LambadaTask.Target.WORD, 1, new ParallelTopology(2, 1, 1));
    }

    @Test
    @Tag("long")
    void shouldCountTheLastWordsOfLambadaAlikeOnOneRank() throws Exception {
        lambada(LambadaTask.Target.WORD, 1, new ParallelTopology(1, 1, 1));
    }

    @Test
    @Tag("long")
    void shouldCountTheLastTokensOfLambadaAsCountedOneByOne() throws Exception {
        // The second layer, for a second stage, adds zero.
        lambada(LambadaTask.Target.TOKEN, 2, new ParallelTopology(1, 2, 1));
    }

    private void lambada(LambadaTask.Target target, int layers, ParallelTopology topology) throws Exception {
        Path file = SharedFiles.require("data/eval/lambada_test.jsonl");
        var texts = new ArrayList<String>();
        for (String line : Files.readAllLines(file)) {
            texts.add(new ObjectMapper().readTree(line).get("text").textValue());
        }
        List<Example> examples = examples(texts, GptBpeTokenizer.gpt2(), target);
        var labels = new TreeMap<Integer, Integer>();
        for (Example example : examples) {
            int num = example.tokens().length;
            Arrays.stream(example.tokens(), num - example.numLabels(), num)
                    .forEach(label -> labels.merge(label, 1, Integer::sum));
        }
        int[] ids = labels.keySet().stream().mapToInt(Integer::intValue).toArray();
        Count counted = count(mostFrequent(labels, 1), examples, ids);
        // The model answers some: else the count would prove little.
        assertThat(counted.correct()).isGreaterThan(30);

        expect(mostFrequent(labels, layers).save(folder.resolve("model")), file, topology, target, counted);
    }

    private void expect(Path model, Path file, ParallelTopology topology, LambadaTask.Target target, Count count)
            throws Exception {
        var measured =
                score(topology, model, file, new ScoreOrder.Benchmark.Lambada(target), RunEvent.AccuracyMeasured.class);
        assertThat(measured.totalExamples()).isEqualTo(5153);
        assertThat(measured.numberCorrect()).isBetween(count.correct(), count.correct() + count.unsure());
        assertThat(count.unsure()).isLessThan(10);
        assertThat(measured.accuracy()).isEqualTo(measured.numberCorrect() / 5153.0);
    }
}
