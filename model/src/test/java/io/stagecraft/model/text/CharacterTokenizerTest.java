package io.stagecraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CharacterTokenizerTest {
    private static final Corpus CORPUS =
            new Corpus("test", List.of("banana\nbandana", "b\u00e4n \ud83d\ude00\ud83d\ude00", "Q"));
    private final CharacterTokenizer tokenizer = CharacterTokenizer.of(CORPUS, 2);

    @Test
    void shouldKeepFrequentCharactersInTheOrderOfCodePoints() {
        assertThat(tokenizer.settings()).isEqualTo(Map.of("type", "characters", "alphabet", "\nabn\ud83d\ude00"));
    }

    @Test
    void shouldDecodeWhatItEncoded() {
        String text = "nab\nban\ud83d\ude00a";
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void shouldGiveOneTokenACharacterOutsideTheBasicPlane() {
        assertThat(tokenizer.encode("a\ud83d\ude00")).containsExactly(2, 5);
    }

    @Test
    void shouldTurnRareCharactersIntoTheReplacementCharacter() {
        assertThat(tokenizer.decode(tokenizer.encode("b\u00e4n"))).isEqualTo("b\ufffdn");
    }

    @Test
    void shouldTakeALoneSurrogateAsUnknown() {
        assertThat(tokenizer.encode("\ud83d")).containsExactly(0);
    }

    @Test
    void shouldEndDocumentsWithALineFeedEvenIfTheTextHasNone() {
        CharacterTokenizer small = CharacterTokenizer.of(new Corpus("test", List.of("ab")), 1);
        assertThat(small.decode(new int[] {small.endOfDocument()})).isEqualTo("\n");
    }

    @Test
    void shouldCountTheUnknownTokenInTheVocabulary() {
        assertThat(tokenizer.vocabSize()).isEqualTo(1 + 5);
    }

    @Test
    void shouldBeTheSameAfterItWasSaved() {
        Tokenizer restored = Tokenizer.restore(tokenizer.settings());
        assertThat(restored.encode("nab Q\n")).containsExactly(tokenizer.encode("nab Q\n"));
        assertThat(restored.settings()).isEqualTo(tokenizer.settings());
    }

    @Test
    void shouldRefuseATokenOutsideTheVocabulary() {
        assertThatThrownBy(() -> tokenizer.decode(new int[] {1, 6}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token 1 must be in [0, 6) but is 6");
    }

    @Test
    void shouldRefuseSettingsOfAnotherKind() {
        assertThatThrownBy(() -> Tokenizer.restore(Map.of("type", "runes")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("runes");
    }

    @Test
    void shouldRefuseAnAlphabetOutOfOrder() {
        assertThatThrownBy(() -> Tokenizer.restore(Map.of("type", "characters", "alphabet", "\nba")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("order");
    }
}
