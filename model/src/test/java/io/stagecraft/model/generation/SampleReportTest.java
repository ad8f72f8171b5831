package io.stagecraft.model.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.text.WordList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SampleReportTest {
    private static final WordList WORDS = WordList.of(List.of("a cat sat on the mat"));

    @Test
    void shouldCountWordsOfTheCorpus() {
        assertThat(SampleReport.of("The cat zat on.", WORDS).share()).isEqualTo(0.75);
    }

    @Test
    void shouldLeaveOutAWordThatTheEndMayHaveCut() {
        assertThat(SampleReport.of("the ca", WORDS).count()).isEqualTo(new WordList.Count(1, 1));
    }

    @Test
    void shouldSayItInOneLine() {
        assertThat(SampleReport.of("a dog sat ", WORDS).describe())
                .isEqualTo("2 of 3 words (66.7 %) are words of the corpus");
    }
}
