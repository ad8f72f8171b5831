package io.stagecraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.stagecraft.model.SharedFixtures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Ids that other programs gave: Megatron-LM's tokenizers, `gpt-3-encoder`, llama.cpp, Hugging Face's
/// fixtures of SQuAD questions.
final class GoldenTokenizerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static Path golden(String name) {
        return SharedFixtures.require("golden/data/" + name);
    }

    private static Path bpe(String name) {
        return SharedFixtures.require("data/gpt2-bpe/" + name);
    }

    private static int[] ids(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).intValue()).toArray();
    }

    private static void shouldEncodeEveryCase(Tokenizer tokenizer, String key) throws IOException {
        JsonNode cases = JSON.readTree(golden("tokenizer_cases.json").toFile());
        assertThat(cases).isNotEmpty();
        for (JsonNode it : cases) {
            assertThat(tokenizer.encode(it.get("text").asText()))
                    .as(it.get("text").asText())
                    .isEqualTo(ids(it.get(key)));
        }
    }

    @Test
    void shouldEncodeMegatronsCasesWithASmallVocabulary() throws IOException {
        Tokenizer tokenizer = BpeFiles.read(golden("gpt2-small-vocab.json"), golden("gpt2-small-merges.txt"));
        shouldEncodeEveryCase(tokenizer, "gpt2_small");
        assertThat(tokenizer.vocabSize()).isEqualTo(1000);
        assertThat(tokenizer.endOfDocument()).isEqualTo(999);
    }

    @Test
    void shouldEncodeMegatronsCasesWithTheVocabularyBuiltIn() throws IOException {
        Tokenizer tokenizer = GptBpeTokenizer.gpt2();
        shouldEncodeEveryCase(tokenizer, "gpt2_real");
        for (JsonNode it : JSON.readTree(golden("tokenizer_cases.json").toFile())) {
            assertThat(tokenizer.decode(ids(it.get("gpt2_real"))))
                    .isEqualTo(it.get("gpt2_real_roundtrip").asText());
        }
    }

    @Test
    void shouldHaveBuiltInWhatOpenAisFilesHave() {
        GptBpeTokenizer fromFiles = BpeFiles.read(bpe("encoder.json"), bpe("vocab.bpe"));
        GptBpeTokenizer builtIn = GptBpeTokenizer.gpt2();
        assertThat(builtIn.tokens()).isEqualTo(fromFiles.tokens());
        assertThat(builtIn.merges()).isEqualTo(fromFiles.merges());
        assertThat(fromFiles.settings()).containsEntry("vocabulary", "gpt2");
    }

    @Test
    void shouldEncodeWhatGpt3EncoderEncoded() throws IOException {
        Tokenizer tokenizer = GptBpeTokenizer.gpt2();
        List<String> lines = Files.readAllLines(bpe("golden.jsonl"));
        assertThat(lines).isNotEmpty();
        for (String line : lines) {
            JsonNode it = JSON.readTree(line);
            String text = it.get("text").asText();
            assertThat(tokenizer.encode(text)).as(text).isEqualTo(ids(it.get("ids")));
            assertThat(tokenizer.decode(ids(it.get("ids")))).isEqualTo(text);
        }
    }

    private static void shouldEncodeWhatLlamaCppEncoded(Tokenizer tokenizer, Path inputs, Path outputs)
            throws IOException {
        List<String> texts = Arrays.asList(Files.readString(inputs).split("\n__ggml_vocab_test__\n", -1));
        List<String> ids = Files.readAllLines(outputs);
        assertThat(texts.size()).isGreaterThanOrEqualTo(ids.size());
        for (int i = 0; i < ids.size(); i++) {
            String expected = ids.get(i).strip();
            assertThat(tokenizer.encode(texts.get(i)))
                    .as(texts.get(i))
                    .isEqualTo(
                            expected.isEmpty()
                                    ? new int[0]
                                    : Arrays.stream(expected.split(" "))
                                            .mapToInt(Integer::parseInt)
                                            .toArray());
        }
    }

    @Test
    void shouldEncodeWhatLlamaCppEncodedForGpt2() throws IOException {
        shouldEncodeWhatLlamaCppEncoded(GptBpeTokenizer.gpt2(), bpe("llamacpp-gpt-2.inp"), bpe("llamacpp-gpt-2.out"));
    }

    private static Tokenizer bertUncased() {
        return WordPieceTokenizer.read(
                SharedFixtures.require("data/bert-wordpiece/bert-base-uncased-vocab.txt"),
                WordPieceTokenizer.Case.LOWER);
    }

    @Test
    void shouldEncodeWhatLlamaCppEncodedForBert() throws IOException {
        shouldEncodeWhatLlamaCppEncoded(
                bertUncased(),
                SharedFixtures.require("data/bert-wordpiece/llamacpp-bert-bge.inp"),
                SharedFixtures.require("data/bert-wordpiece/llamacpp-bert-bge.out"));
    }

    @Test
    void shouldEncodeSquadQuestionsAsHuggingFace() throws IOException {
        Tokenizer tokenizer = bertUncased();
        assertThat(tokenizer.vocabSize()).isEqualTo(30524);
        List<String> lines =
                Files.readAllLines(SharedFixtures.require("data/bert-wordpiece/golden-squad-questions.jsonl"));
        assertThat(lines).isNotEmpty();
        for (String line : lines) {
            JsonNode it = JSON.readTree(line);
            StringBuilder text = new StringBuilder();
            it.get("basic_tokens").forEach(token -> text.append(token.asText()).append(' '));
            assertThat(tokenizer.encode(text.toString())).as(text.toString()).isEqualTo(ids(it.get("ids")));
        }
    }

    @Test
    void shouldEncodeMegatronsCasesWithWordPiece() throws IOException {
        Tokenizer tokenizer =
                WordPieceTokenizer.read(golden("bert-wordpiece-vocab.txt"), WordPieceTokenizer.Case.LOWER);
        shouldEncodeEveryCase(tokenizer, "bert_wordpiece_lower");
    }
}
