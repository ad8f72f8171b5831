package io.stagecraft.model.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/// Coverage-guided fuzzing of every reader of files that somebody else may have written.
///
/// In a build it reads the seeds and what was found before (resources `ReadersFuzzTestInputs`). To fuzz
/// one reader for hours:
///
/// ```
/// JAZZER_FUZZ=1 ./mvnw -pl model test -Dtest='ReadersFuzzTest#torch' -Djazzer.hooks=true
/// ```
///
/// It ends after twelve hours or at the first mistake, whose bytes it saves among those resources.
///
/// Oracle: bytes are read, or refused by a typed error, see [HostileReading].
final class ReadersFuzzTest {
    private static final String FOR_HOURS = "12h";

    @TempDir
    static Path folder;

    private static void fuzz(HostileReading reading, byte[] bytes) throws IOException {
        reading.require(Files.createDirectories(folder.resolve(reading.name())), bytes);
    }

    static List<byte[]> torchSeeds() {
        return Seeds.of(HostileReading.TORCH);
    }

    @MethodSource("torchSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void torch(byte[] bytes) throws IOException {
        fuzz(HostileReading.TORCH, bytes);
    }

    static List<byte[]> megatronSeeds() {
        return Seeds.of(HostileReading.MEGATRON);
    }

    @MethodSource("megatronSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void megatron(byte[] bytes) throws IOException {
        fuzz(HostileReading.MEGATRON, bytes);
    }

    static List<byte[]> safetensorsSeeds() {
        return Seeds.of(HostileReading.SAFETENSORS);
    }

    @MethodSource("safetensorsSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void safetensors(byte[] bytes) throws IOException {
        fuzz(HostileReading.SAFETENSORS, bytes);
    }

    static List<byte[]> npySeeds() {
        return Seeds.of(HostileReading.NPY);
    }

    @MethodSource("npySeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void npy(byte[] bytes) throws IOException {
        fuzz(HostileReading.NPY, bytes);
    }

    static List<byte[]> indexSeeds() {
        return Seeds.of(HostileReading.INDEX);
    }

    @MethodSource("indexSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void index(byte[] bytes) throws IOException {
        fuzz(HostileReading.INDEX, bytes);
    }

    static List<byte[]> manifestSeeds() {
        return Seeds.of(HostileReading.MANIFEST);
    }

    @MethodSource("manifestSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void manifest(byte[] bytes) throws IOException {
        fuzz(HostileReading.MANIFEST, bytes);
    }

    static List<byte[]> huggingFaceConfigSeeds() {
        return Seeds.of(HostileReading.HUGGING_FACE_CONFIG);
    }

    @MethodSource("huggingFaceConfigSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void huggingFaceConfig(byte[] bytes) throws IOException {
        fuzz(HostileReading.HUGGING_FACE_CONFIG, bytes);
    }

    static List<byte[]> tokenizerJsonSeeds() {
        return Seeds.of(HostileReading.TOKENIZER_JSON);
    }

    @MethodSource("tokenizerJsonSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void tokenizerJson(byte[] bytes) throws IOException {
        fuzz(HostileReading.TOKENIZER_JSON, bytes);
    }

    static List<byte[]> vocabularySeeds() {
        return Seeds.of(HostileReading.VOCABULARY);
    }

    @MethodSource("vocabularySeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void vocabulary(byte[] bytes) throws IOException {
        fuzz(HostileReading.VOCABULARY, bytes);
    }

    static List<byte[]> wordPiecesSeeds() {
        return Seeds.of(HostileReading.WORD_PIECES);
    }

    @MethodSource("wordPiecesSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void wordPieces(byte[] bytes) throws IOException {
        fuzz(HostileReading.WORD_PIECES, bytes);
    }

    static List<byte[]> huggingFaceSafetensorsSeeds() {
        return Seeds.of(HostileReading.HUGGING_FACE_SAFETENSORS);
    }

    @MethodSource("huggingFaceSafetensorsSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void huggingFaceSafetensors(byte[] bytes) throws IOException {
        fuzz(HostileReading.HUGGING_FACE_SAFETENSORS, bytes);
    }

    static List<byte[]> huggingFaceTorchSeeds() {
        return Seeds.of(HostileReading.HUGGING_FACE_TORCH);
    }

    @MethodSource("huggingFaceTorchSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void huggingFaceTorch(byte[] bytes) throws IOException {
        fuzz(HostileReading.HUGGING_FACE_TORCH, bytes);
    }

    static List<byte[]> huggingFaceIndexSeeds() {
        return Seeds.of(HostileReading.HUGGING_FACE_INDEX);
    }

    @MethodSource("huggingFaceIndexSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void huggingFaceIndex(byte[] bytes) throws IOException {
        fuzz(HostileReading.HUGGING_FACE_INDEX, bytes);
    }

    static List<byte[]> mergesSeeds() {
        return Seeds.of(HostileReading.MERGES);
    }

    @MethodSource("mergesSeeds")
    @FuzzTest(maxDuration = FOR_HOURS)
    void merges(byte[] bytes) throws IOException {
        fuzz(HostileReading.MERGES, bytes);
    }
}
