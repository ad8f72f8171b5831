package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.actors.config.GenerateConfig;
import io.stagecraft.actors.train.GenerationWishes.Ending;
import io.stagecraft.actors.train.GenerationWishes.Method;
import io.stagecraft.actors.train.GenerationWishes.Property;
import io.stagecraft.model.backend.Gelu;
import io.stagecraft.model.gpt.GptConfig;
import io.stagecraft.model.text.Tokenizer;
import io.stagecraft.stages.generation.GenerationRequest;
import io.stagecraft.stages.generation.StopRule;
import io.stagecraft.stages.generation.TopPDecay;
import io.stagecraft.stages.run.TokenChoice;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Oracle: a vocabulary of a line end and `:ab`, by hand, and the limits of Megatron-LM's server.
class TextBatchTest {
    private static final int LINE_END = 1;
    private static final int COLON = 2;
    private static final int LONGEST_CONTEXT = 8;
    private static final Method DRAW = new Method.Draw(TopPDecay.none());
    private static final Tokenizer TOKENIZER = Tokenizer.restore(Map.of("type", "characters", "alphabet", "\n:ab"));

    @Test
    void shouldStartAnEmptyPromptBehindTheEndOfADocument() {
        assertThat(batch(wishes(List.of("ab", ""), DRAW), 3).request().prompts())
                .isEqualTo(List.of(List.of(3, 4), List.of(LINE_END)));
    }

    @Test
    void shouldPutTheEndOfADocumentBeforeEveryPromptIfWanted() {
        GenerationWishes wishes = wishes(List.of("ab", ""), DRAW, Property.BEGINS_A_DOCUMENT);
        assertThat(batch(wishes, 3).request().prompts()).isEqualTo(List.of(List.of(LINE_END, 3, 4), List.of(LINE_END)));
    }

    @Test
    void shouldForbidALineEndBehindAColonIfWanted() {
        assertThat(batch(wishes(List.of("a"), DRAW), 3).request().forbidden()).isEqualTo(TokenChoice.Forbidden.NOTHING);
        GenerationWishes wishes = wishes(List.of("a"), DRAW, Property.NO_NEWLINE_AFTER_COLON);
        assertThat(batch(wishes, 3).request().forbidden()).isEqualTo(new TokenChoice.Forbidden(COLON, LINE_END));
    }

    @Test
    void shouldScoreThePromptsWithoutTokensToGenerate() {
        var wishes = new GenerationWishes(
                List.of("ab"), Set.of(), DRAW, Ending.NONE, List.of(), TokenChoice.Report.LOG_PROBABILITIES, List.of());
        GenerationRequest request = batch(wishes, 0).request();
        assertThat(request.numTokens()).isZero();
        assertThat(request.report()).isEqualTo(TokenChoice.Report.LOG_PROBABILITIES);
        assertThat(request.start().isDone()).isFalse();
    }

    @Test
    void shouldScoreWithoutGeneratingWhateverIsConfigured() {
        GenerationRequest request =
                batch(wishes(List.of("ab"), new Method.Score()), 400).request();
        assertThat(request.numTokens()).isZero();
        assertThat(request.report()).isEqualTo(TokenChoice.Report.LOG_PROBABILITIES);
    }

    @Test
    void shouldEndAtTheTokensThatMeanALineEnd() {
        assertThat(stop(Ending.NONE)).isEqualTo(StopRule.never());
        assertThat(stop(Ending.END_OF_DOCUMENT)).isEqualTo(StopRule.at(LINE_END));
        assertThat(stop(Ending.END_OF_LINE)).isEqualTo(StopRule.at(LINE_END));
        assertThat(stop(Ending.DOUBLE_END_OF_LINE)).isEqualTo(new StopRule(Set.of(), LINE_END));
    }

    @Test
    void shouldSayAllThatIsWrongAtOnce() {
        var wishes = new GenerationWishes(
                List.of("aaaaaaaaa", "b"),
                Set.of(),
                new Method.Beam(3, 1),
                Ending.NONE,
                List.of(5, -1),
                TokenChoice.Report.TOKENS,
                List.of());
        assertThatThrownBy(() -> batch(wishes, 0).request())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("generate.num-tokens must be at least 1")
                .hasMessageContaining("prompt 1 has 9 tokens but the model has 8 positions")
                .hasMessageContaining("a beam search takes one prompt but there are 2")
                .hasMessageContaining("--beam-width must be in [1, 2] for this model but is 3")
                .hasMessageContaining("no token 5 to stop at")
                .hasMessageContaining("no token -1 to stop at");
    }

    @Test
    void shouldTakeAsManyPromptsAndTokensAsMegatronsServer() {
        assertThatThrownBy(() ->
                        batch(wishes(Collections.nCopies(129, "a"), DRAW), 1).request())
                .hasMessageContaining("128 prompts at most");
        assertThatThrownBy(() ->
                        batch(wishes(Collections.nCopies(120, "a"), DRAW), 100).request())
                .hasMessageContaining("120 texts of 101 tokens are 12120 tokens, but 12000 at most");
    }

    @Test
    void shouldNeedANucleusForItsDecay() {
        assertThatThrownBy(() -> batch(wishes(List.of("a"), new Method.Draw(new TopPDecay(0.5, 0.1))), 3)
                        .request())
                .hasMessageContaining("need generate.top-p")
                .hasMessageContaining("--top-p-bound must be at most generate.top-p = 0.0 but is 0.1");
    }

    @Test
    void shouldSayThatATextOutgrowsTheModel() {
        assertThat(batch(wishes(List.of("ab"), DRAW), 6).remarks()).isEmpty();
        assertThat(batch(wishes(List.of("ab"), DRAW), 7).remarks())
                .singleElement()
                .satisfies(line -> assertThat(line).contains("outgrows the model's 8 positions"));
    }

    private static StopRule stop(Ending ending) {
        var wishes = new GenerationWishes(
                List.of("a"), Set.of(), DRAW, ending, List.of(), TokenChoice.Report.TOKENS, List.of());
        return batch(wishes, 3).request().stop();
    }

    private static GenerationWishes wishes(List<String> prompts, Method method, Property... properties) {
        return new GenerationWishes(
                prompts, Set.of(properties), method, Ending.NONE, List.of(), TokenChoice.Report.TOKENS, List.of());
    }

    private static TextBatch batch(GenerationWishes wishes, int numTokens) {
        var model = new GptConfig(
                1, 8, 2, LONGEST_CONTEXT, 5, 8, 32, 1e-5, Gelu.TANH, GptConfig.OutputEmbedding.TIED, 0, 0, 0.02);
        return new TextBatch(new GenerateConfig("", numTokens, 1, 0, 0, 1), wishes, model, TOKENIZER, LONGEST_CONTEXT);
    }
}
