package io.stagecraft.actors.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// `preprocess`, `data show` and `data validate` as a user types them.
final class DataCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder = Path.of("");

    private int execute(String... args) {
        return Main.execute(args, new RecordingRuns(ExitCode.DONE), new PrintWriter(out), new PrintWriter(err), folder);
    }

    private int preprocess(String... more) {
        var args = new ArrayList<>(List.of(
                "preprocess", "--input", "in.jsonl", "--output-prefix", "gpt", "--tokenizer-type", "GPT2BPETokenizer"));
        args.addAll(Arrays.asList(more));
        return execute(args.toArray(String[]::new));
    }

    private void input(String content) throws IOException {
        Files.writeString(folder.resolve("in.jsonl"), content);
    }

    @Test
    void shouldPreprocessThenShowAndValidate() throws IOException {
        input("{\"text\": \"Hello world\"}\n{\"text\": \"Hello\"}\n");
        assertThat(preprocess("--append-eod", "--workers", "1")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("50257 tokens", "uint16", "gpt_text_document", "2 documents, 5 tokens");
        // "Hello world" is 15496 995, the end of a document 50256.
        assertThat(Files.readAllBytes(folder.resolve("gpt_text_document.bin")))
                .containsExactly(0x88, 0x3C, 0xE3, 0x03, 0x50, 0xC4, 0x88, 0x3C, 0x50, 0xC4);
        assertThat(execute("data", "show", "gpt_text_document")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).containsIgnoringWhitespaces("documents 2", "tokens 5", "dtype uint16");
        assertThat(execute("data", "show", "--json", "gpt_text_document.idx")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("\"documents\":2", "\"tokens\":5", "\"dtype\":\"uint16\"");
        assertThat(execute("data", "validate", "gpt_text_document", "--vocab-size", "50257"))
                .isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("sound");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void shouldSayWhatIsWrongWithADamagedDatasetAndWhere() throws IOException {
        input("{\"text\": \"Hello world\"}\n");
        preprocess();
        Files.write(folder.resolve("gpt_text_document.bin"), new byte[3]);
        assertThat(execute("data", "show", "gpt_text_document")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("gpt_text_document.bin", "byte 3", "cut short");
        assertThat(execute("data", "validate", "--json", "gpt_text_document")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).contains("\"sound\":false", "\"offset\":3");
    }

    @Test
    void shouldNameABadLineAndExitWithFailure() throws IOException {
        input("{\"text\": \"a\"}\n{\"no\": 1}\n");
        assertThat(preprocess()).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("in.jsonl, line 2: it has no key \"text\"");
        assertThat(folder.resolve("gpt_text_document.idx")).doesNotExist();
        assertThat(preprocess("--bad-lines", "skip")).isEqualTo(ExitCode.DONE);
        assertThat(out.toString()).contains("1 bad lines left out");
    }

    @ParameterizedTest
    @CsvSource({
        "--merge-file, m.txt, needs --vocab-file",
        "--bad-lines, maybe, stop or skip",
        "--input-format, csv, 'jsonl, lines or text'",
        "--dataset-impl, lazy, must be mmap",
        "--workers, 0, workers must be in",
        "--partitions, 4, Unknown option"
    })
    void shouldRefuseArgumentsThatMeanNothing(String option, String value, String why) throws IOException {
        input("{\"text\": \"a\"}\n");
        assertThat(preprocess(option, value)).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains(why);
    }

    @Test
    void shouldRefuseAVocabularyThatIsNone() throws IOException {
        input("{\"text\": \"a\"}\n");
        Files.writeString(folder.resolve("v.json"), "{");
        assertThat(preprocess("--vocab-file", "v.json")).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("nothing was started", "v.json");
    }

    @Test
    void shouldRefuseAnEndOfDocumentWithBert() throws IOException {
        input("{\"text\": \"a\"}\n");
        assertThat(execute(
                        "preprocess",
                        "--input",
                        "in.jsonl",
                        "--output-prefix",
                        "b",
                        "--tokenizer-type",
                        "BertWordPieceLowerCase",
                        "--vocab-file",
                        "v.txt",
                        "--append-eod"))
                .isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("BERT");
    }

    @Test
    void shouldSayThatADatasetIsMissing() {
        assertThat(execute("data", "show", "none")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("none.idx: there is no such file");
    }
}
