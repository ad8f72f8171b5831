package io.stagecraft.model.checkpoint.convert;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.SharedFixtures;
import io.stagecraft.model.backend.scalar.ScalarBackend;
import io.stagecraft.model.checkpoint.ModelSource;
import io.stagecraft.model.checkpoint.ModelSources;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.VocabularySize;
import io.stagecraft.model.checkpoint.convert.ConversionRequest.WeightType;
import io.stagecraft.model.checkpoint.huggingface.HuggingFaceForm;
import io.stagecraft.model.checkpoint.megatron.HeadCount;
import io.stagecraft.model.checkpoint.megatron.MegatronLayout;
import io.stagecraft.model.checkpoint.megatron.MegatronSource;
import io.stagecraft.model.checkpoint.pickle.PickleValue;
import io.stagecraft.model.checkpoint.pickle.TorchFile;
import io.stagecraft.model.tensor.DType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Oracles: what Hugging Face's `convert_megatron_gpt2_checkpoint.py` made of recorded checkpoints, and the
/// checkpoints that Megatron-LM itself wrote.
class RecordedConversionTest {
    private static final HuggingFaceForm PICKLE = new HuggingFaceForm(HuggingFaceForm.Files.TORCH, 1L << 30);

    @TempDir
    private Path folder;

    private Path convert(ModelSource source, ConversionTarget target, VocabularySize vocabulary) {
        Path to = folder.resolve("to");
        var request = new ConversionRequest(target, vocabulary, new WeightType.AsSaved(), 128);
        try (var backend = new ScalarBackend(DType.FLOAT32)) {
            new Conversion(request, SourceFacts.of(source), source).run(to, backend, bytes -> {});
        }
        return to;
    }

    /// Name, type, extents and every element, in the order of the file.
    private static List<String> tensors(Path file) {
        var lines = new ArrayList<String>();
        try (TorchFile open = TorchFile.open(file)) {
            ((PickleValue.Dictionary) open.root()).entries().forEach((key, value) -> {
                var tensor = (PickleValue.Tensor) value;
                double[] elements = open.tensor(tensor).doubles();
                lines.add(tensor.spec(key.toString()) + " " + Arrays.hashCode(elements));
            });
        }
        return lines;
    }

    /// The converter cuts the vocabulary of files without arguments to the 1000 of its configuration.
    @ParameterizedTest
    @CsvSource({
        "ckpt_versions/v0/megatron, v0, 1000",
        "ckpt_versions/v0_fp16/megatron, v0_fp16, 1000",
        "ckpt_versions/v1.0/megatron, v3.0, 1024",
        "ckpt_versions/v2.0/megatron, v3.0, 1024",
        "ckpt_versions/v3.0_oldnames/megatron, v3.0, 1024",
        "gpt/checkpoints/ckpt_train_tp1_pp1/iter_0000020, v3.0, 1024"
    })
    void shouldWriteWhatHuggingFacesConverterWrites(String megatron, String expected, int vocabulary) {
        Path recorded = SharedFixtures.require("golden/ckpt_versions/" + expected + "/hf/pytorch_model.bin");
        Path from = SharedFixtures.require("golden/" + megatron);
        try (ModelSource source = MegatronSource.open(from, new HeadCount.Of(4))) {
            Path to = convert(source, new ConversionTarget.HuggingFace(PICKLE), new VocabularySize.Of(vocabulary));
            assertThat(tensors(to.resolve("pytorch_model.bin"))).isEqualTo(tensors(recorded));
        }
    }

    /// The recorded ones of version 0 are views: cut and with the strides of a transposition.
    @ParameterizedTest
    @CsvSource({"v0", "v0_fp16", "v3.0"})
    void shouldReadWhatHuggingFacesConverterWrote(String version) {
        Path from = SharedFixtures.require("golden/ckpt_versions/" + version + "/hf");
        try (ModelSource source = ModelSources.open(from)) {
            Path to = convert(source, new ConversionTarget.HuggingFace(PICKLE), new VocabularySize.AsSaved());
            assertThat(tensors(to.resolve("pytorch_model.bin"))).isEqualTo(tensors(from.resolve("pytorch_model.bin")));
        }
    }

    /// Everything but the states of the random generators, which are those after seeding.
    @ParameterizedTest
    @CsvSource({"tp1_pp1/iter_0000010, 1, 1", "tp1_pp1/iter_0000020, 1, 1", "tp2_pp2/iter_0000020, 2, 2"})
    void shouldWriteWhatMegatronWrote(String recorded, int tensorSize, int pipelineSize) {
        Path from = SharedFixtures.require("golden/gpt/checkpoints/ckpt_train_" + recorded);
        var layout = new MegatronLayout(tensorSize, pipelineSize);
        Path ours;
        try (ModelSource source = MegatronSource.open(from)) {
            ours = convert(source, new ConversionTarget.Stagecraft(1), new VocabularySize.AsSaved());
        }
        Path back = folder.resolve("back");
        try (ModelSource source = ModelSources.open(ours);
                var backend = new ScalarBackend(DType.FLOAT32)) {
            var request = new ConversionRequest(
                    new ConversionTarget.Megatron(layout), new VocabularySize.AsSaved(), new WeightType.AsSaved(), 128);
            new Conversion(request, SourceFacts.of(source), source).run(back, backend, bytes -> {});
        }
        for (int rank = 0; rank < tensorSize; rank++) {
            for (int stage = 0; stage < pipelineSize; stage++) {
                Path file = Path.of(layout.folder(rank, stage), "model_optim_rng.pt");
                assertThat(differences(
                                lines(back.resolve(from.getFileName()).resolve(file)), lines(from.resolve(file))))
                        .isEmpty();
            }
        }
    }

    private static List<String> differences(List<String> found, List<String> expected) {
        var differences = new ArrayList<String>();
        for (int i = 0; i < Math.max(found.size(), expected.size()); i++) {
            String left = i < found.size() ? found.get(i) : "nothing";
            String right = i < expected.size() ? expected.get(i) : "nothing";
            if (!left.equals(right)) {
                differences.add(left + " instead of " + right);
            }
        }
        return differences;
    }

    private static List<String> lines(Path file) {
        var lines = new ArrayList<String>();
        try (TorchFile open = TorchFile.open(file)) {
            walk(open, "", open.root(), lines);
        }
        lines.removeIf(line -> line.startsWith("/\"rng_state\"/"));
        return lines;
    }

    private static void walk(TorchFile file, String path, PickleValue value, List<String> lines) {
        switch (value) {
            case PickleValue.Dictionary dictionary -> {
                lines.add(path + " dictionary");
                dictionary.entries().forEach((key, item) -> walk(file, path + "/" + key, item, lines));
            }
            case PickleValue.Sequence sequence -> {
                lines.add(path + " sequence");
                for (int i = 0; i < sequence.items().size(); i++) {
                    walk(file, path + "/" + i, sequence.items().get(i), lines);
                }
            }
            case PickleValue.Instance instance -> {
                lines.add(path + " " + instance.type() + instance.arguments());
                walk(file, path, instance.state(), lines);
            }
            case PickleValue.Tensor tensor ->
                lines.add(path + " " + tensor.spec("") + tensor.strides()
                        + Arrays.hashCode(file.tensor(tensor).doubles()));
            default -> lines.add(path + " " + value);
        }
    }
}
