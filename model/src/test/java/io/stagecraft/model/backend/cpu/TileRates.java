package io.stagecraft.model.backend.cpu;
import io.stagecraft.model.backend.cpu.code.*;
import java.lang.foreign.ValueLayout;
final class TileRates {
    public static void main(String[] args) {
        VectorWidth w = args.length > 0 ? VectorWidth.valueOf(args[0]) : VectorWidth.AVX512;
        var f = TileFunctions.of(w);
        int mr = w.tileRows(), nr = w.tileColumns();
        for (int[] s : new int[][]{{64,1,0},{64,8,0},{128,1,0},{256,1,0},{256,8,0},{256,36,0},{384,36,0},{512,36,0},{256,1,1},{256,8,1},{384,8,1},{512,8,1},{512,16,1}}) {
            int k = s[0], tiles = s[1]; boolean panel = s[2] == 1;
            int lda = panel ? mr : Integer.getInteger("lda", k);
            var A = HostStorage.allocate(4L*mr*tiles*(panel?k:lda)); var B = HostStorage.allocate(4L*k*nr); var C = HostStorage.allocate(4L*mr*tiles*nr*4); var args0 = HostStorage.allocate(128);
            Lanes.MEMORY.set(ValueLayout.JAVA_LONG, args0.address(), 0L + tiles);
            Lanes.MEMORY.set(ValueLayout.JAVA_LONG, args0.address()+8, panel ? 4L*mr*k : 4L*mr*lda);
            Lanes.MEMORY.set(ValueLayout.JAVA_INT, args0.address()+28, 4);
            var kind = new TileFunctions.Tiles(mr, panel, false);
            double best = 1e9, flop = 2.0*mr*nr*k*tiles; int reps = (int)(2e7/flop)+1;
            for (int o = 0; o < 300; o++) { long t = System.nanoTime(); for (int q = 0; q < reps; q++) f.tiles(kind, A.address(), B.address(), C.address(), k, 4L*lda, 4L*nr*4, args0.address()); best = Math.min(best, (System.nanoTime()-t)/1e9/reps); }
            System.out.printf("k=%d tiles=%d panel=%b %.1f GFLOP/s%n", k, tiles, panel, flop/best/1e9);
        }
    }
}
