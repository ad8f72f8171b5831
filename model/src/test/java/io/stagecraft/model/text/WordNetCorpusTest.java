package io.stagecraft.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class WordNetCorpusTest {
    private static final Corpus CORPUS = WordNetCorpus.read();

    @Test
    void shouldHaveADocumentForEachSynset() {
        // 117,791 synsets in the four data files: their lines less the 29 of the licence in each
        assertThat(CORPUS.documents()).hasSize(82_221 + 13_818 + 18_214 + 3_654 - 4 * 29);
    }

    @Test
    void shouldBeOneLineOfPlainTextEach() {
        assertThat(CORPUS.documents()).allMatch(text -> text.matches("[!-~][ -~]*[!-~]") && !text.contains("  "));
    }

    @Test
    void shouldComeInTheSameOrderEachTime() {
        assertThat(WordNetCorpus.read().documents()).isEqualTo(CORPUS.documents());
    }

    @Test
    void shouldMixThePartsOfSpeech() {
        // nouns come first in the jar; the mean place of n shuffled documents of N is N / 2, give or take
        // N / sqrt(12 n) = 0.2 % of N; 2 % is ten times that
        double sum = 0;
        int numAdverbs = 0;
        for (int i = 0; i < CORPUS.documents().size(); i++) {
            if (CORPUS.documents().get(i).contains("ly: ")) {
                sum += i;
                numAdverbs++;
            }
        }
        assertThat(numAdverbs).isGreaterThan(2_000);
        assertThat(sum / numAdverbs / CORPUS.documents().size()).isBetween(0.48, 0.52);
    }

    @Test
    void shouldPutTheWordInFrontOfItsGloss() {
        String line = "00311663 18 n 02 letter_carrier 0 postman 0 001 @ 1 n 0000 | one who  brings mail; \"hello\"  ";
        assertThat(WordNetCorpus.document(line)).isEqualTo("letter carrier: one who brings mail; \"hello\"");
    }

    @Test
    void shouldDropWhereAnAdjectiveMayStand() {
        String line = "00014490 00 s 01 outback(a) 0 001 & 00013662 a 0000 | inaccessible";
        assertThat(WordNetCorpus.document(line)).isEqualTo("outback: inaccessible");
    }

    @Test
    void shouldKnowCommonWords() {
        WordList words = CORPUS.words();
        assertThat(words.count("The dog brought an elephant to the sea: xqzzt!"))
                .isEqualTo(new WordList.Count(9, 8));
    }
}
