package io.stagecraft.model.backend.cpu.code;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// Which code a processor gets.
class VectorWidthTest {
    private static final String REST = "\nbogomips\t: 4600.00\nprocessor\t: 1\nflags\t\t: fpu\n";

    @Test
    void shouldUseTheWidestRegisters() {
        assertThat(VectorWidth.ofFlags("flags\t\t: fpu avx2 fma avx512f avx512dq avx512bw avx512vl" + REST))
                .contains(VectorWidth.AVX512);
    }

    @Test
    void shouldUseNarrowRegistersWhereThereAreNoOthers() {
        assertThat(VectorWidth.ofFlags("flags\t\t: fpu avx2 fma bmi1" + REST)).contains(VectorWidth.AVX2);
    }

    @Test
    void shouldWriteNoCodeForAProcessorWithoutFusedMultiplyAdd() {
        assertThat(VectorWidth.ofFlags("flags\t\t: fpu avx avx2" + REST)).isEmpty();
    }

    @Test
    void shouldWriteNoCodeForAnotherKindOfProcessor() {
        assertThat(VectorWidth.ofFlags("processor\t: 0\nFeatures\t: fp asimd\n"))
                .isEmpty();
    }
}
