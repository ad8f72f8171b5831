package io.stagecraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordListTest {
    private final WordList words = WordList.of(List.of("Don't stop, \u00c9douard; 'quoted' 12 rock'n'roll", "stop"));

    @Test
    void shouldTakeRunsOfLettersWithApostrophesInside() {
        assertThat(List.of("don't", "stop", "\u00e9douard", "quoted", "rock'n'roll"))
                .allMatch(words::contains);
        assertThat(words.size()).isEqualTo(5);
    }

    @Test
    void shouldCountEachOccurrenceWithoutRegardToCase() {
        assertThat(words.count("STOP stop halt 7 'don't'")).isEqualTo(new WordList.Count(4, 3));
    }

    @Test
    void shouldGiveNoShareToATextWithoutWords() {
        assertThat(words.count("123 --").share()).isZero();
    }
}
