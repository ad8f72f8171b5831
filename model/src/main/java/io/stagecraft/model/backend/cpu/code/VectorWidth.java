package io.stagecraft.model.backend.cpu.code;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The vector registers that code is written for, and the tile of a matrix product that fills them.
///
/// A tile of `rows x 2 vectors` keeps its sums in registers; two more hold a row of b, the rest
/// elements of a.
public enum VectorWidth {
    /// 32 registers of 512 bits.
    AVX512(16, 14, Set.of("avx512f", "avx512dq", "avx512bw", "avx512vl")),
    /// 16 registers of 256 bits with fused multiply-add.
    AVX2(8, 6, Set.of("avx2", "fma"));

    private static final Path CPU = Path.of("/proc/cpuinfo");

    private final int lanes;
    private final int tileRows;
    private final Set<String> flags;

    VectorWidth(int lanes, int tileRows, Set<String> flags) {
        this.lanes = lanes;
        this.tileRows = tileRows;
        this.flags = flags;
    }

    /// Floats of a register.
    public int lanes() {
        return lanes;
    }

    /// Rows of a tile.
    public int tileRows() {
        return tileRows;
    }

    /// Columns of a tile.
    public int tileColumns() {
        return 2 * lanes;
    }

    /// The widest that this machine has; empty where it has none or is no Linux on x86-64.
    public static Optional<VectorWidth> ofThisMachine() {
        try {
            return ofFlags(Files.readString(CPU));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// The widest in the text of `/proc/cpuinfo`.
    static Optional<VectorWidth> ofFlags(String cpuinfo) {
        Set<String> has = cpuinfo.lines()
                .filter(line -> line.startsWith("flags"))
                .findFirst()
                .map(line -> Arrays.stream(line.split("\\s+")).collect(Collectors.toSet()))
                .orElse(Set.of());
        return Arrays.stream(values())
                .filter(width -> has.containsAll(width.flags))
                .findFirst();
    }
}
