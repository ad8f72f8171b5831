package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.stagecraft.model.checkpoint.Manifest.Section;
import io.stagecraft.model.parallel.TensorPartition;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A checkpoint of format version 1, byte for byte as the program wrote it then: weights only.
class CheckpointVersionTest {
    private static final String SHARD = "model-00001-of-00001.safetensors";
    private static final byte[] BIAS = {0, 0, -128, 63, 0, 0, 0, 64};

    @TempDir
    Path folder;

    private Path checkpoint;

    @BeforeEach
    void writeVersionOne() throws IOException {
        checkpoint = Files.createDirectories(folder.resolve("step-00000300"));
        String header =
                "{\"__metadata__\":{\"format\":\"pt\"},\"dense.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}";
        byte[] shard = new byte[8 + 120 + BIAS.length];
        Arrays.fill(shard, 8, 128, (byte) ' ');
        shard[0] = 120;
        System.arraycopy(header.getBytes(StandardCharsets.US_ASCII), 0, shard, 8, header.length());
        System.arraycopy(BIAS, 0, shard, 128, BIAS.length);
        Files.write(checkpoint.resolve(SHARD), shard);
        Shard sums = Shard.of(checkpoint.resolve(SHARD));
        byte[] manifest = """
                {
                  "format" : "stagecraft-checkpoint",
                  "version" : 1,
                  "step" : 300,
                  "consumed-samples" : 4800,
                  "seed" : 1234,
                  "layout" : {
                    "tensor" : 1,
                    "pipeline" : 1,
                    "data" : 2
                  },
                  "model" : { "type" : "gpt" },
                  "tokenizer" : { },
                  "configuration" : { },
                  "state" : { },
                  "shards" : [ {
                    "file" : "%s",
                    "bytes" : %d,
                    "sha256" : "%s",
                    "crc32c" : %s
                  } ],
                  "tensors" : [ {
                    "name" : "dense.bias",
                    "dtype" : "F32",
                    "shape" : [ 2 ],
                    "shard" : "%s"
                  } ]
                }""".formatted(SHARD, sums.sizeBytes(), sums.sha256(), sums.crc32c(), SHARD)
                .getBytes(StandardCharsets.UTF_8);
        Files.write(checkpoint.resolve("manifest.json"), manifest);
        Files.writeString(
                checkpoint.resolve("SHA256SUMS"),
                Shard.sha256(manifest) + "  manifest.json\n" + sums.sha256() + "  " + SHARD + "\n");
    }

    @Test
    void shouldReadTheWeightsOfVersionOne() {
        byte[] found = new byte[BIAS.length];
        try (ModelSource source = ModelSources.open(checkpoint)) {
            source.read("dense.bias", new TensorPartition.Replicated(), MemorySegment.ofArray(found));
        }
        assertThat(found).containsExactly(BIAS);
    }

    @Test
    void shouldSayThatVersionOneHasNoMoments() {
        try (ModelSource source = ModelSources.open(checkpoint)) {
            assertThat(source.progress()).isEqualTo(new ModelSource.Progress(300, 4800, 0, 0));
            assertThat(source.find(ModelSource.Moment.FIRST.of("dense.bias"))).isEmpty();
        }
    }

    @Test
    void shouldKeepWhereARunWas() {
        var store = new CheckpointStore(folder.resolve("now"));
        var progress = new ModelSource.Progress(77, 616, 40, 75);
        try (PendingCheckpoint pending = store.begin(77)) {
            pending.shard(SHARD, List.of()).close();
            var position = new Manifest.RunPosition(progress, 1234, new Manifest.Layout(1, 1, 1));
            Map<String, Object> state = Map.of("lm-loss", "2.5", "sums", List.of(1L, 0.1));
            pending.commit(position, Map.of(Section.STATE, state), pending.sumUp());
        }
        try (CheckpointReader reader = CheckpointStore.open(store.root())) {
            assertThat(reader.manifest().version()).isEqualTo(2);
            assertThat(reader.manifest().position().progress()).isEqualTo(progress);
            assertThat(reader.manifest().section(Section.STATE))
                    .isEqualTo(Map.of("lm-loss", "2.5", "sums", List.of(1L, 0.1)));
        }
    }
}
