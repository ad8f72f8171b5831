package io.stagecraft.model.backend.cpu.code;

import static io.stagecraft.model.backend.cpu.code.Register.R10;
import static io.stagecraft.model.backend.cpu.code.Register.R8;
import static io.stagecraft.model.backend.cpu.code.Register.R9;
import static io.stagecraft.model.backend.cpu.code.Register.RAX;
import static io.stagecraft.model.backend.cpu.code.Register.RCX;
import static io.stagecraft.model.backend.cpu.code.Register.RDI;
import static io.stagecraft.model.backend.cpu.code.Register.RDX;
import static io.stagecraft.model.backend.cpu.code.Register.RSI;

/// Code that transposes parts of matrices into panels.
final class PanelCode {
    private PanelCode() {}

    /// `void f(from, to, blocks, fromStride, toStride)`: transposes `blocks` square blocks of a
    /// register's lanes that lie side by side in `from` and one under another in `to`; strides in
    /// bytes.
    static byte[] transpose(VectorWidth width) {
        var code = new Assembler(width);
        int n = width.lanes();
        code.loadAddress(RAX, Address.of(RCX, RCX, 2, 0));
        int again = code.here();
        code.move(R9, RDI);
        for (int r = 0; r < n; r++) {
            if (r > 0 && r % 4 == 0) {
                code.loadAddress(R9, Address.of(R9, RCX, 4, 0));
            }
            code.load(r, rowOf(r % 4));
        }
        int first = width == VectorWidth.AVX512 ? transposeSixteen(code) : transposeEight(code);
        code.move(R10, RSI);
        for (int r = 0; r < n; r++) {
            code.store(Address.of(R10, 0), first + r);
            code.add(R10, R8);
        }
        code.move(RSI, R10);
        code.add(RDI, 4 * n);
        code.decrement(RDX);
        code.jumpBackIfNotZero(again);
        code.zeroUpper();
        code.ret();
        return code.code();
    }

    private static Address rowOf(int row) {
        return switch (row) {
            case 0 -> Address.of(R9, 0);
            case 1 -> Address.of(R9, RCX, 1, 0);
            case 2 -> Address.of(R9, RCX, 2, 0);
            default -> Address.of(R9, RAX, 1, 0);
        };
    }

    /// Transposes the 4 x 4 blocks of `n` rows in registers 0 to n - 1, by way of registers n to 2
    /// n - 1: row `4 g + c` then holds, in its 128-bit lane L, column `4 L + c` of rows `4 g` to `4
    /// g + 3`.
    private static void transposeFours(Assembler code, int n) {
        for (int r = 0; r < n; r += 2) {
            code.unpackLowFloats(n + r, r, r + 1);
            code.unpackHighFloats(n + r + 1, r, r + 1);
        }
        for (int g = 0; g < n; g += 4) {
            code.unpackLowPairs(g, n + g, n + g + 2);
            code.unpackHighPairs(g + 1, n + g, n + g + 2);
            code.unpackLowPairs(g + 2, n + g + 1, n + g + 3);
            code.unpackHighPairs(g + 3, n + g + 1, n + g + 3);
        }
    }

    /// Answers the register of the first column.
    private static int transposeEight(Assembler code) {
        transposeFours(code, 8);
        for (int c = 0; c < 4; c++) {
            code.permuteHalves(8 + c, c, 4 + c, 0x20);
            code.permuteHalves(12 + c, c, 4 + c, 0x31);
        }
        return 8;
    }

    /// Answers the register of the first column.
    private static int transposeSixteen(Assembler code) {
        transposeFours(code, 16);
        for (int c = 0; c < 4; c++) {
            code.shuffleQuarters(16 + c, c, 4 + c, 0x88);
            code.shuffleQuarters(20 + c, c, 4 + c, 0xDD);
            code.shuffleQuarters(24 + c, 8 + c, 12 + c, 0x88);
            code.shuffleQuarters(28 + c, 8 + c, 12 + c, 0xDD);
        }
        for (int c = 0; c < 4; c++) {
            code.shuffleQuarters(c, 16 + c, 24 + c, 0x88);
            code.shuffleQuarters(4 + c, 20 + c, 28 + c, 0x88);
            code.shuffleQuarters(8 + c, 16 + c, 24 + c, 0xDD);
            code.shuffleQuarters(12 + c, 20 + c, 28 + c, 0xDD);
        }
        return 0;
    }
}
