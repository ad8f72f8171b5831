package io.stagecraft.tests.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.actors.config.GenerateConfig;
import io.stagecraft.actors.config.StagecraftConfig;
import io.stagecraft.actors.config.TransportSettings;
import io.stagecraft.actors.telemetry.RunEvent;
import io.stagecraft.actors.train.GenerationWishes;
import io.stagecraft.actors.train.RunJob;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.model.text.TokenizerSource;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.TokenChoice;
import io.stagecraft.stages.topology.ParallelTopology;
import io.stagecraft.tests.parity.SharedFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Generation through the whole stack. Oracles: what Hugging Face's GPT-2 generated, and one rank.
class GenerationLayoutsTest {
    private static final ParallelTopology ONE_RANK = new ParallelTopology(1, 1, 1);
    private static final List<ParallelTopology> SPLIT =
            List.of(new ParallelTopology(2, 1, 1), new ParallelTopology(1, 2, 1), new ParallelTopology(2, 2, 1));

    @TempDir
    private Path folder;

    @Test
    void shouldDrawTheSameTextsOfABatchAtEveryLayout() throws Exception {
        tiny(ONE_RANK).run(new RunJob.Train());
        var sampling = new GenerateConfig("", 12, 1, 0, 0.9, 5);
        GenerationWishes wishes = wishes(List.of("the cat", "", "a dog lay on"), new TopPDecay(0.98, 0.5));
        List<RunEvent.SampleGenerated> one = generate(ONE_RANK, folder.resolve("checkpoints"), sampling, wishes);
        assertThat(one).hasSize(3);
        for (ParallelTopology topology : SPLIT) {
            List<RunEvent.SampleGenerated> other = generate(topology, folder.resolve("checkpoints"), sampling, wishes);
            for (int i = 0; i < one.size(); i++) {
                assertThat(other.get(i).tokens())
                        .as("%s, text %d", topology, i)
                        .isEqualTo(one.get(i).tokens());
                assertThat(other.get(i).logProbabilities())
                        .hasSize(one.get(i).tokens().size() - 1);
                for (int at = 0; at < other.get(i).logProbabilities().size(); at++) {
                    // float32 logits of at most about 4, 16 terms each, whose sums are ordered otherwise
                    assertThat(other.get(i).logProbabilities().get(at))
                            .isCloseTo(one.get(i).logProbabilities().get(at), within(1e-5));
                }
            }
        }
    }

    @Test
    void shouldGenerateTheRecordedTokensAtEveryLayout() throws Exception {
        Path model = recordedModel();
        Tokenizer tokenizer =
                new TokenizerSource.GptBpeFiles(model.resolve("vocab.json"), model.resolve("merges.txt")).open();
        var cases = new ArrayList<JsonNode>();
        new ObjectMapper()
                .readTree(
                        SharedFiles.require("golden/hf_gpt2_oracle/oracle.json").toFile())
                .get("greedy_generation_with_trained_model")
                .forEach(cases::add);
        List<String> prompts = cases.stream()
                .map(one -> tokenizer.decode(ints(one.get("prompt"))))
                .toList();
        var greedy = new GenerateConfig("", cases.getFirst().get("generated").size(), 1, 1, 0, 1);
        GenerationWishes wishes = wishes(prompts, TopPDecay.none());
        for (ParallelTopology topology : List.of(ONE_RANK, SPLIT.getFirst(), SPLIT.getLast())) {
            List<RunEvent.SampleGenerated> texts = generate(topology, model, greedy, wishes);
            for (int i = 0; i < cases.size(); i++) {
                RunEvent.SampleGenerated text = texts.get(i);
                assertThat(text.tokens().subList(0, text.promptTokens()))
                        .containsExactly(boxed(cases.get(i).get("prompt")));
                assertThat(text.tokens()
                                .subList(text.promptTokens(), text.tokens().size()))
                        .as("%s, prompt %d", topology, i)
                        .containsExactly(boxed(cases.get(i).get("generated")));
            }
        }
    }

    @Test
    void shouldTellTheRecordedLogProbabilities() throws Exception {
        Path model = recordedModel();
        var cases = new ArrayList<JsonNode>();
        for (JsonNode one : oracle().get("lambada_style_with_trained_model")) {
            // Hugging Face saw the end of the others only: the model has 64 positions
            if (one.get("context_ids").size() + one.get("target_ids").size() <= 64) {
                cases.add(one);
            }
        }
        assertThat(cases).isNotEmpty();
        List<String> texts = cases.stream()
                .map(one -> one.get("context").asText() + one.get("target").asText())
                .toList();
        var wishes = new GenerationWishes(
                texts,
                Set.of(),
                new GenerationWishes.Method.Score(),
                GenerationWishes.Ending.NONE,
                List.of(),
                TokenChoice.Report.TOKENS,
                List.of());
        List<RunEvent.SampleGenerated> scored =
                generate(SPLIT.getLast(), model, new GenerateConfig("", 1, 1, 0, 0, 1), wishes);
        for (int i = 0; i < cases.size(); i++) {
            int numTargets = cases.get(i).get("target_ids").size();
            List<Double> all = scored.get(i).logProbabilities();
            double sum = all.subList(all.size() - numTargets, all.size()).stream()
                    .mapToDouble(Double::doubleValue)
                    .sum();
            // the bound that evaluation has against the same record
            assertThat(sum).isCloseTo(cases.get(i).get("sum_logprob").asDouble(), within(1e-5 * numTargets));
        }
    }

    private static JsonNode oracle() throws IOException {
        return new ObjectMapper()
                .readTree(
                        SharedFiles.require("golden/hf_gpt2_oracle/oracle.json").toFile());
    }

    private Path recordedModel() throws IOException {
        Path model = Files.createDirectories(folder.resolve("model"));
        Files.copy(SharedFiles.require("golden/hf_gpt2_oracle/config.json"), model.resolve("config.json"));
        Files.copy(
                SharedFiles.require("golden/hf_gpt2_oracle/trained_model.safetensors"),
                model.resolve("model.safetensors"));
        Files.copy(SharedFiles.require("golden/data/gpt2-small-vocab.json"), model.resolve("vocab.json"));
        Files.copy(SharedFiles.require("golden/data/gpt2-small-merges.txt"), model.resolve("merges.txt"));
        return model;
    }

    private static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonNode::asInt)
                .toArray();
    }

    private static Integer[] boxed(JsonNode array) {
        return Arrays.stream(ints(array)).boxed().toArray(Integer[]::new);
    }

    private static GenerationWishes wishes(List<String> prompts, TopPDecay decay) {
        return new GenerationWishes(
                prompts,
                Set.of(),
                new GenerationWishes.Method.Draw(decay),
                GenerationWishes.Ending.NONE,
                List.of(),
                TokenChoice.Report.LOG_PROBABILITIES,
                List.of());
    }

    private TinyRun tiny(ParallelTopology topology) {
        return new TinyRun(folder, topology, TransportSettings.Channel.LOOPBACK);
    }

    private List<RunEvent.SampleGenerated> generate(
            ParallelTopology topology, Path checkpoint, GenerateConfig sampling, GenerationWishes wishes)
            throws Exception {
        TinyRun run = tiny(topology);
        StagecraftConfig config = run.config();
        var wanted = new StagecraftConfig(
                config.run(),
                config.data(),
                config.model(),
                config.parallel(),
                config.train(),
                config.optimizer(),
                config.transport(),
                config.backend(),
                config.checkpoint(),
                config.start(),
                sampling,
                config.telemetry());
        return run.run(new RunJob.Generate(checkpoint, wishes), wanted).of(RunEvent.SampleGenerated.class);
    }
}
