package io.stagecraft.tests.resume;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The comparer of the tests beside this one notices what it must.
class RunRecordsTest {
    @TempDir
    private Path folder;

    private RunRecords records(String... lines) throws IOException {
        return RunRecords.read(Files.writeString(folder.resolve("metrics.jsonl"), String.join("\n", lines) + "\n"));
    }

    private static String step(long iteration, String loss, String millis) {
        return "{\"type\":\"step_completed\",\"time\":\"t\",\"iteration\":" + iteration + ",\"lm_loss\":" + loss
                + ",\"elapsed_millis\":" + millis + "}";
    }

    private static String resumed(long iteration) {
        return "{\"type\":\"run_resumed\",\"iteration\":" + iteration + "}";
    }

    @Test
    void shouldNoticeTheLastBitOfALoss() throws IOException {
        assertThat(records(step(1, "4.0", "1"))).isNotEqualTo(records(step(1, "4.000000000000001", "1")));
    }

    @Test
    void shouldNoticeAStepThatIsMissing() throws IOException {
        assertThat(records(step(1, "4.0", "1"), step(2, "3.0", "1"))).isNotEqualTo(records(step(1, "4.0", "1")));
    }

    @Test
    void shouldNoticeAStepThatWasToldTwice() throws IOException {
        assertThat(records(step(1, "4.0", "1"), step(1, "4.0", "1"))).isNotEqualTo(records(step(1, "4.0", "1")));
    }

    @Test
    void shouldForgetStepsThatALaterStartDidAgain() throws IOException {
        assertThat(records(step(1, "4.0", "1"), step(2, "9.0", "1"), resumed(1), step(2, "3.0", "1")))
                .isEqualTo(records(step(1, "4.0", "1"), step(2, "3.0", "1")));
    }

    @Test
    void shouldNotMindTimes() throws IOException {
        assertThat(records(step(1, "4.0", "1"))).isEqualTo(records(step(1, "4.0", "2")));
    }

    @Test
    void shouldLeaveOutALineThatWasCut() throws IOException {
        assertThat(records(step(1, "4.0", "1"), "{\"type\":\"step_co")).isEqualTo(records(step(1, "4.0", "1")));
    }
}
