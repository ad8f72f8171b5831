package io.stagecraft.model.checkpoint.pickle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.checkpoint.ElementType;
import io.stagecraft.model.checkpoint.SafetensorsFile;
import io.stagecraft.model.checkpoint.TensorSpec;
import io.stagecraft.model.checkpoint.pickle.PickleBytes.TensorView;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Dictionary;
import io.stagecraft.model.checkpoint.pickle.PickleValue.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracles: files of PyTorch against the safetensors of the same weights; by hand on files of our own.
final class TorchFileTest {
    private static final byte[] SIX = TorchBytes.floats(0, 1, 2, 3, 4, 5);

    @TempDir
    Path folder;

    private TorchFile open(byte[] bytes) throws IOException {
        return TorchFile.open(Files.write(folder.resolve("file.pt"), bytes));
    }

    private static StridedTensor tensor(TorchFile file, String name) {
        return file.tensor((Tensor) ((Dictionary) file.root()).get(name).orElseThrow());
    }

    private static byte[] pickle(List<Long> extents, List<Long> strides, long offset) {
        return PickleBytes.of(Map.of("w", new TensorView("0", ElementType.F32, 6, offset, extents, strides)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-gpt2.pt", "tiny-gpt2.legacy.pt", "tiny-bert.pt", "tiny-bert.legacy.pt"})
    void shouldReadWhatPyTorchWrote(String name) {
        Path folder = SharedFixtures.require("data/models/oracle");
        try (TorchFile file = TorchFile.open(folder.resolve(name));
                var expected = SafetensorsFile.open(folder.resolve(name.replaceAll("[.].*", ".safetensors")))) {
            assertThat(((Dictionary) file.root()).entries())
                    .hasSize(expected.tensors().size());
            for (TensorSpec spec : expected.tensors()) {
                StridedTensor found = tensor(file, spec.name());
                assertThat(found.spec(spec.name())).isEqualTo(spec);
                assertThat(found.bytes().mismatch(expected.tensor(spec.name())))
                        .as(spec.name())
                        .isEqualTo(-1);
            }
        }
    }

    /// Hugging Face's converter saved views: a part of a storage, transposed.
    @Test
    void shouldReadViewsThatPyTorchWrote() {
        Path folder = SharedFixtures.require("golden/ckpt_versions");
        try (TorchFile views = TorchFile.open(folder.resolve("v0/hf/pytorch_model.bin"));
                var expected = SafetensorsFile.open(folder.resolve("v3.0/hf/model.safetensors"))) {
            for (String name : List.of("transformer.h.0.attn.c_proj.weight", "transformer.h.3.mlp.c_fc.weight")) {
                assertThat(tensor(views, name).isContiguous()).as(name).isFalse();
                assertThat(tensor(views, name).doubles()).as(name).isEqualTo(expected.doubles(name));
            }
        }
    }

    @Test
    void shouldReadAZipFile() throws IOException {
        try (TorchFile file = open(TorchBytes.zip(pickle(List.of(2L, 3L), List.of(3L, 1L), 0), Map.of("0", SIX)))) {
            assertThat(tensor(file, "w").doubles()).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    @Test
    void shouldReadAStream() throws IOException {
        byte[] pickle = pickle(List.of(2L, 3L), List.of(3L, 1L), 0);
        try (TorchFile file = open(TorchBytes.stream(pickle, Map.of("0", SIX), 4))) {
            assertThat(tensor(file, "w").doubles()).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    @Test
    void shouldWalkATransposedView() throws IOException {
        try (TorchFile file = open(TorchBytes.zip(pickle(List.of(3L, 2L), List.of(1L, 3L), 0), Map.of("0", SIX)))) {
            byte[] copy = new byte[24];
            tensor(file, "w").copyTo(MemorySegment.ofArray(copy));
            assertThat(copy).isEqualTo(TorchBytes.floats(0, 3, 1, 4, 2, 5));
        }
    }

    @Test
    void shouldWalkAViewWithAnOffset() throws IOException {
        try (TorchFile file = open(TorchBytes.zip(pickle(List.of(2L), List.of(2L), 1), Map.of("0", SIX)))) {
            assertThat(tensor(file, "w").doubles()).containsExactly(1, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2,3;3,1;1",
                "7;1;0",
                "2,3;4,1;0",
                "2;5;1",
                "6,6;0,1;0",
                "2;9223372036854775807;0",
                "4611686018427387904,4;1,1;0"
            })
    void shouldRefuseAViewThatLeavesItsStorageOrRepeats(String view) {
        List<List<Long>> parts = List.of(view.split(";")).stream()
                .map(part ->
                        List.of(part.split(",")).stream().map(Long::valueOf).toList())
                .toList();
        byte[] pickle = pickle(parts.get(0), parts.get(1), parts.get(2).getFirst());
        assertThatThrownBy(() -> open(TorchBytes.zip(pickle, Map.of("0", SIX))))
                .hasMessageContaining("does not lie in its storage of 6 elements or repeats some");
    }

    @Test
    void shouldRefuseAStorageOfAnotherSize() {
        byte[] pickle = pickle(List.of(6L), List.of(1L), 0);
        assertThatThrownBy(() -> open(TorchBytes.zip(pickle, Map.of("0", TorchBytes.floats(1)))))
                .hasMessageContaining("4 bytes, but the pickle says \"0\" of 6 F32");
    }

    @Test
    void shouldRefuseAStorageThatIsMissing() {
        byte[] pickle = pickle(List.of(6L), List.of(1L), 0);
        assertThatThrownBy(() -> open(TorchBytes.zip(pickle, Map.of()))).hasMessageContaining("no entry");
        assertThatThrownBy(() -> open(TorchBytes.stream(pickle, Map.of(), 4)))
                .hasMessageContaining("is mentioned but not in the file");
    }

    @Test
    void shouldRefuseAStreamThatWasCutShort() {
        byte[] whole = TorchBytes.stream(pickle(List.of(6L), List.of(1L), 0), Map.of("0", SIX), 4);
        assertThatThrownBy(() -> open(java.util.Arrays.copyOf(whole, whole.length - 1)))
                .hasMessageContaining("expected 24 bytes but the file has 23 here");
    }

    @Test
    void shouldReadAFileInAZipFile() throws IOException {
        byte[] inner = TorchBytes.stream(pickle(List.of(6L), List.of(1L), 0), Map.of("0", SIX), 4);
        for (byte[] outer : List.of(
                TorchBytes.stored(Map.of("release/model.pt", inner)),
                TorchBytes.deflated(Map.of("release/model.pt", inner)))) {
            Path zip = Files.write(folder.resolve("outer.zip"), outer);
            try (TorchFile file = TorchFile.openInside(zip, "release/model.pt")) {
                assertThat(tensor(file, "w").doubles()).containsExactly(0, 1, 2, 3, 4, 5);
            }
        }
    }

    @Test
    void shouldRefuseACompressedPickle() {
        byte[] pickle = PickleBytes.of(Map.of());
        assertThatThrownBy(() -> open(TorchBytes.deflated(Map.of("archive/data.pkl", pickle))))
                .hasMessageContaining("is compressed, which torch.save never does");
    }

    @Test
    void shouldRefuseABombInAZipFile() throws IOException {
        Path zip = Files.write(folder.resolve("b.zip"), TorchBytes.deflated(Map.of("a.pt", new byte[1 << 20])));
        assertThatThrownBy(() -> TorchFile.openInside(zip, "a.pt")).hasMessageContaining("that become 1048576");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../archive/data.pkl", "/data.pkl", "a/../../data.pkl", "c:/data.pkl", "a\\data.pkl"})
    void shouldRefuseNamesThatLeaveTheFolder(String name) {
        assertThatThrownBy(() -> open(TorchBytes.stored(Map.of(name, PickleBytes.of(1)))))
                .hasMessageContaining("leaves the folder");
    }

    @Test
    void shouldRefuseEntriesThatOverlap() {
        var entries = new LinkedHashMap<String, byte[]>();
        entries.put("archive/data.pkl", PickleBytes.of(Map.of()));
        entries.put("archive/data/00000", SIX);
        byte[] zip = TorchBytes.stored(entries);
        int second = indexOf(zip, "archive/data/00000", indexOf(zip, "archive/data/00000", 0) + 1);
        int first = indexOf(zip, "archive/data.pkl", 0) - 30;
        zip[second - 4] = (byte) first; // the directory's offset of the second header
        assertThatThrownBy(() -> open(zip)).hasMessageContaining("its header is not where the directory says");
    }

    private static int indexOf(byte[] bytes, String text, int from) {
        return new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf(text, from);
    }
}
