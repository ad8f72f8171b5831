package io.stagecraft.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.stagecraft.model.checkpoint.Manifest.Layout;
import io.stagecraft.model.checkpoint.Manifest.RunPosition;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointDamageTest {
    /// Length, JSON and padding of the large shard: a fault there is one of the header.
    private static final int HEADER_BYTES = 256;

    @TempDir(factory = MemoryFolder.class)
    Path folder;

    private Path checkpoint;

    @BeforeEach
    void save() {
        checkpoint = new SavedModel(5).save(new CheckpointStore(folder), 1, 2);
    }

    /// What a disk, a cable or a copy that was cut short does to a file.
    private enum Kind {
        FLIPPED_BIT,
        ZEROED_RANGE,
        TRUNCATED;

        byte[] damage(byte[] intact, int position, Random random) {
            byte[] damaged = intact.clone();
            switch (this) {
                case FLIPPED_BIT -> damaged[position] ^= (byte) (1 << random.nextInt(8));
                case ZEROED_RANGE -> Arrays.fill(damaged, position, Math.min(intact.length, position + 4096), (byte) 0);
                case TRUNCATED -> damaged = Arrays.copyOf(intact, position);
            }
            return damaged;
        }
    }

    @Test
    void shouldNoticeAndPlaceDamageAtAThousandRandomPositions() throws IOException {
        Path large = saveLarge(3 * Shard.BLOCK_BYTES / 2);
        checkpoint = large;
        List<String> files = List.of("model-00001-of-00001.safetensors", "manifest.json", "SHA256SUMS");
        var random = new Random(11);
        int numDamaged = 0;
        while (numDamaged < 1000) {
            String file = files.get(random.nextInt(files.size()));
            byte[] intact = Files.readAllBytes(large.resolve(file));
            int position = random.nextInt(intact.length);
            Kind kind = Kind.values()[random.nextInt(3)];
            byte[] damaged = kind.damage(intact, position, random);
            if (Arrays.equals(intact, damaged)) {
                continue; // zeros were there before
            }
            Files.write(large.resolve(file), damaged);
            CheckpointFormatException fault = assertNamed(file);
            if (file.startsWith("model") && position > HEADER_BYTES) {
                // a block for changed bytes, the very place for a missing end
                assertThat(fault.offsetBytes())
                        .as(kind + " at " + position + ": " + fault.getMessage())
                        .isLessThanOrEqualTo(position)
                        .isGreaterThan(position - (kind == Kind.TRUNCATED ? 1 : Shard.BLOCK_BYTES));
            }
            Files.write(large.resolve(file), intact);
            numDamaged++;
        }
        try (CheckpointReader reader = CheckpointStore.open(large)) {
            reader.verify();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model-00001-of-00002.safetensors", "manifest.json", "SHA256SUMS"})
    void shouldNoticeATruncatedOrZeroedFile(String file) throws IOException {
        Path path = checkpoint.resolve(file);
        byte[] intact = Files.readAllBytes(path);
        for (int length : new int[] {0, 1, intact.length / 2, intact.length - 1}) {
            Files.write(path, Arrays.copyOf(intact, length));
            assertNamed(file);
            Files.write(path, Arrays.copyOf(Arrays.copyOf(intact, length), intact.length));
            assertNamed(file);
        }
    }

    /// A manifest and its sums vouch for each other: either may be the one named.
    private CheckpointFormatException assertNamed(String file) {
        CheckpointFormatException fault = catchThrowableOfType(CheckpointFormatException.class, () -> {
            try (CheckpointReader reader = CheckpointStore.open(checkpoint)) {
                reader.verify();
            }
        });
        assertThat(fault).as(file).isNotNull();
        String named = fault.file().getFileName().toString();
        assertThat(named.equals(file) || Set.of(named, file).equals(Set.of("manifest.json", "SHA256SUMS")))
                .as(file + " was damaged but the error is " + fault.getMessage())
                .isTrue();
        return fault;
    }

    @Test
    void shouldTakeAChangedVersionForDamageIfTheSumsDoNotFit() throws IOException {
        Path manifest = checkpoint.resolve("manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"version\" : 2", "\"version\" : 9"));
        assertThatThrownBy(() -> CheckpointStore.open(checkpoint))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("manifest.json: SHA-256");
    }

    @Test
    void shouldCompareTheSumOfTheWholeFileToo() {
        Shard intact = Shard.of(checkpoint.resolve("model-00001-of-00002.safetensors"));
        var other = new Shard(intact.file(), intact.sizeBytes(), "0".repeat(64), intact.crc32c());
        assertThatThrownBy(() -> other.verify(checkpoint))
                .isInstanceOf(CheckpointFormatException.class)
                .hasMessageContaining("model-00001-of-00002.safetensors: SHA-256");
    }

    @Test
    void shouldSayInWhichBlockAShardIsDamaged() throws IOException {
        Path saved = saveLarge(3 * Shard.BLOCK_BYTES);
        Path shard = saved.resolve("model-00001-of-00001.safetensors");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[2 * Shard.BLOCK_BYTES + 17] ^= 4;
        Files.write(shard, bytes);
        try (CheckpointReader reader = CheckpointStore.open(saved)) {
            assertThatThrownBy(reader::verify)
                    .isInstanceOfSatisfying(
                            CheckpointFormatException.class,
                            e -> assertThat(e.offsetBytes()).isEqualTo(2L * Shard.BLOCK_BYTES))
                    .hasMessageContaining("model-00001-of-00001.safetensors: block 2");
        }
    }

    /// One tensor of `sizeBytes` random bytes in one shard.
    private Path saveLarge(int sizeBytes) {
        var store = new CheckpointStore(folder.resolve("large"));
        var spec = new TensorSpec("large", ElementType.U8, List.of((long) sizeBytes));
        byte[] content = new byte[sizeBytes];
        new Random(12).nextBytes(content);
        try (PendingCheckpoint pending = store.begin(1);
                SafetensorsWriter writer = pending.shard("model-00001-of-00001.safetensors", List.of(spec))) {
            writer.write("large", MemorySegment.ofArray(content));
            writer.complete();
            return pending.commit(new RunPosition(1, 1, 1, new Layout(1, 1, 1)), Map.of(), pending.sumUp());
        }
    }
}
