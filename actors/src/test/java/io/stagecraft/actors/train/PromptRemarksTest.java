package io.stagecraft.actors.train;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.text.Tokenizer;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Oracle: prompts whose characters are counted by hand.
class PromptRemarksTest {
    private static final Tokenizer TOKENIZER = Tokenizer.restore(Map.of("type", "characters", "alphabet", "\n abc"));

    @Test
    void shouldSayNothingOfAPromptThatIsSeenAsItIs() {
        assertThat(PromptRemarks.of("a b", TOKENIZER, 3)).isEmpty();
    }

    @Test
    void shouldCountCharactersOutsideTheAlphabet() {
        assertThat(PromptRemarks.of("aé😀", TOKENIZER, 8))
                .singleElement()
                .asString()
                .contains("2 of its 3 characters");
    }

    @Test
    void shouldSayHowMuchOfALongPromptIsSeen() {
        assertThat(PromptRemarks.of("abcabc", TOKENIZER, 4))
                .containsExactly("prompt: of its 6 tokens the model sees the last 4");
    }
}
